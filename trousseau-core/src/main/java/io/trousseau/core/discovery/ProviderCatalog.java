package io.trousseau.core.discovery;

import io.trousseau.api.ConfigException;
import io.trousseau.api.KmsProvider;
import io.trousseau.api.ProviderName;
import io.trousseau.core.settings.NearestName;
import io.trousseau.core.settings.Quoted;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The providers that are there, by name. Immutable, safe for use by several threads.
 *
 * <h2>Security guarantees</h2>
 * Only a provider that {@link #select} is asked for by name is instantiated. Of all others neither initializer nor
 * constructor runs: their names are read from the {@link ProviderName} annotation of a class that is loaded but not
 * initialized (the JVM may initialize the types of other annotations beside it). Two providers of one name
 * are never chosen between, so a jar that is added to the class path cannot take the place of another one's provider;
 * and the names of Trousseau's own providers are refused to classes outside its packages.
 *
 * <p>A provider that cannot be read (a class that is missing, built for a newer Java, or without a valid name) hides no
 * other one. What is wrong with it is told when a name is not found.
 */
public final class ProviderCatalog {
    private static final Set<String> RESERVED = new TreeSet<>(Set.of("local", "vault", "aws", "gcp", "azure"));
    private static final String OWN_PACKAGES = "io.trousseau.provider.";
    private static final Pattern DNS_LABEL = Pattern.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?");

    // A class loader that cannot list its resources fails at every step, for ever.
    private static final int MOST_UNREADABLE = 100;

    private final SortedMap<String, List<Candidate>> candidates = new TreeMap<>();
    private final List<String> unreadable = new ArrayList<>();

    private record Candidate(ProviderOrigin origin, Supplier<? extends KmsProvider> instance) {}

    private ProviderCatalog() {}

    /**
     * The providers that {@link ServiceLoader} finds with the class loader of {@link KmsProvider}; if that finds none,
     * with the calling thread's context class loader.
     */
    public static ProviderCatalog load() {
        return load(KmsProvider.class.getClassLoader(), Thread.currentThread().getContextClassLoader());
    }

    static ProviderCatalog load(@Nullable ClassLoader first, @Nullable ClassLoader second) {
        ProviderCatalog catalog = search(first);
        return catalog.candidates.isEmpty() && catalog.unreadable.isEmpty() ? search(second) : catalog;
    }

    /** The providers that {@link ServiceLoader} finds with {@code loader}. */
    public static ProviderCatalog load(ClassLoader loader) {
        return search(loader);
    }

    /**
     * The given providers and no others; {@link ServiceLoader} is not used.
     *
     * @throws IllegalArgumentException if a class has no valid {@link ProviderName}
     */
    public static ProviderCatalog of(Collection<? extends KmsProvider> providers) {
        ProviderCatalog catalog = new ProviderCatalog();
        for (KmsProvider provider : providers) {
            catalog.add(provider.getClass(), () -> provider);
        }
        if (!catalog.unreadable.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", catalog.unreadable));
        }
        return catalog;
    }

    private static ProviderCatalog search(@Nullable ClassLoader loader) {
        ProviderCatalog catalog = new ProviderCatalog();
        var steps = ServiceLoader.load(KmsProvider.class, loader).stream().iterator();
        while (catalog.unreadable.size() < MOST_UNREADABLE) {
            try {
                if (!steps.hasNext()) {
                    break;
                }
                ServiceLoader.Provider<KmsProvider> found = steps.next();
                catalog.add(found.type(), found);
            } catch (ServiceConfigurationError e) {
                catalog.unreadable.add(String.valueOf(e.getMessage()));
            } catch (LinkageError | RuntimeException e) {
                // A broken seal or signature is a SecurityException.
                catalog.unreadable.add(e.toString());
            }
        }
        return catalog;
    }

    private void add(Class<? extends KmsProvider> type, Supplier<? extends KmsProvider> instance) {
        ProviderOrigin origin = ProviderOrigin.of(type);
        ProviderName name = type.getAnnotation(ProviderName.class);
        if (name == null) {
            unreadable.add(origin + " has no @ProviderName");
        } else if (!DNS_LABEL.matcher(name.value()).matches()) {
            unreadable.add(origin + " has the @ProviderName " + Quoted.of(name.value())
                    + ", which is no DNS label (1 to 63 characters of a-z, 0-9 and inner -)");
        } else {
            candidates
                    .computeIfAbsent(name.value(), absent -> new ArrayList<>())
                    .add(new Candidate(origin, instance));
        }
    }

    /** The names that {@link #select} finds, or finds ambiguous. A fresh set. */
    public SortedSet<String> names() {
        return new TreeSet<>(candidates.keySet());
    }

    /**
     * Instantiates the provider of a name.
     *
     * @param name as a configuration gives it
     * @return the provider; a new instance at each call unless it was given to {@link #of}
     * @throws ConfigException for the field {@code provider}, if there is none of that name, more than one, one that may
     *     not have it, or one that cannot be instantiated
     */
    public SelectedProvider select(String name) {
        List<Candidate> found = candidates.getOrDefault(name, List.of());
        if (found.isEmpty()) {
            throw problem(notFound(name));
        }
        if (found.size() > 1) {
            throw problem(found.size() + " providers are named " + name + ": "
                    + found.stream().map(c -> c.origin().toString()).collect(Collectors.joining("; "))
                    + ". Remove all but one from the class path");
        }
        Candidate candidate = found.get(0);
        if (RESERVED.contains(name) && !candidate.origin().className().startsWith(OWN_PACKAGES)) {
            throw problem(candidate.origin() + " is named " + name
                    + ", which only Trousseau's own provider may be; remove that jar and add the artefact "
                    + artefact(name));
        }
        return new SelectedProvider(name, instantiate(candidate), candidate.origin());
    }

    private static KmsProvider instantiate(Candidate candidate) {
        try {
            return candidate.instance().get();
        } catch (ServiceConfigurationError | LinkageError e) {
            String reason = (e.getCause() == null ? e : e.getCause()).getClass().getName();
            ConfigException problem = problem(candidate.origin() + " cannot be instantiated: " + reason);
            problem.initCause(e);
            throw problem;
        }
    }

    private String notFound(String name) {
        StringBuilder message = new StringBuilder("no provider is named ").append(Quoted.of(name));
        List<String> known = Stream.concat(candidates.keySet().stream(), RESERVED.stream())
                .distinct()
                .toList();
        String meant =
                RESERVED.contains(name) ? name : NearestName.of(name, known).orElse("");
        if (!meant.isEmpty() && !meant.equals(name)) {
            message.append(". Did you mean ").append(meant).append('?');
        } else {
            message.append('.');
        }
        if (!candidates.containsKey(meant)) {
            message.append(" Add the ")
                    .append(RESERVED.contains(meant) ? "artefact " + artefact(meant) : "jar that has it")
                    .append(" to the class path.");
        }
        message.append(candidates.isEmpty() ? " There is none" : " There are: ");
        message.append(candidates.entrySet().stream()
                .map(entry -> entry.getKey() + " ("
                        + entry.getValue().stream()
                                .map(c -> c.origin().toString())
                                .collect(Collectors.joining("; "))
                        + ")")
                .collect(Collectors.joining(", ")));
        if (!unreadable.isEmpty()) {
            message.append(". Could not be read: ").append(String.join("; ", unreadable));
        }
        return message.toString();
    }

    private static String artefact(String reservedName) {
        return "io.trousseau:trousseau-provider-" + reservedName;
    }

    private static ConfigException problem(String message) {
        return new ConfigException("provider", message);
    }
}
