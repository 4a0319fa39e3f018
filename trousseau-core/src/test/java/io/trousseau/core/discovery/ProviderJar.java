package io.trousseau.core.discovery;

import java.io.IOException;
import java.io.OutputStream;
import java.io.StringWriter;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/** Compiles providers and puts them into a jar of their own, as a third party would. */
final class ProviderJar {
    private final Map<String, String> sources = new LinkedHashMap<>();
    private final List<String> services = new ArrayList<>();
    private final Manifest manifest = new Manifest();

    ProviderJar() {
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    }

    /** Adds a provider that notes in the system property {@code class name} that its code ran. */
    ProviderJar provider(String className, String annotation) {
        return provider(className, annotation, "");
    }

    ProviderJar provider(String className, String annotation, String inConstructor) {
        int dot = className.lastIndexOf('.');
        String simpleName = className.substring(dot + 1);
        return service(className).source(className, """
                        package %s;
                        import io.trousseau.api.*;
                        %s
                        public class %s implements KmsProvider {
                            static { System.setProperty("%s", "initialized"); }
                            public %s() { System.setProperty("%s", "instantiated"); %s }
                            @Override public ConfigSchema schema() { return ConfigSchema.builder().build(); }
                            @Override public KekHandle open(ProviderConfig config, ProviderContext context) {
                                throw new UnsupportedOperationException();
                            }
                        }
                        """.formatted(
                className.substring(0, dot), annotation, simpleName, className, simpleName, className, inConstructor));
    }

    ProviderJar source(String className, String text) {
        sources.put(className, text);
        return this;
    }

    ProviderJar service(String line) {
        services.add(line);
        return this;
    }

    ProviderJar version(String version) {
        manifest.getMainAttributes().put(Attributes.Name.IMPLEMENTATION_VERSION, version);
        return this;
    }

    ProviderJar sealed() {
        manifest.getMainAttributes().put(Attributes.Name.SEALED, "true");
        return this;
    }

    /** Writes the jar without the class files of {@code leftOut}. */
    Path writeTo(Path jar, String... leftOut) throws IOException {
        Path classes = Files.createTempDirectory(jar.getParent(), "classes");
        compile(classes);
        for (String className : leftOut) {
            Files.delete(classes.resolve(className.replace('.', '/') + ".class"));
        }
        try (OutputStream file = Files.newOutputStream(jar);
                JarOutputStream out = new JarOutputStream(file, manifest);
                Stream<Path> tree = Files.walk(classes)) {
            for (Path compiled : (Iterable<Path>) tree.filter(Files::isRegularFile)::iterator) {
                out.putNextEntry(new JarEntry(classes.relativize(compiled).toString()));
                Files.copy(compiled, out);
            }
            out.putNextEntry(new JarEntry("META-INF/services/io.trousseau.api.KmsProvider"));
            out.write(String.join("\n", services).getBytes(StandardCharsets.UTF_8));
        }
        return jar;
    }

    private void compile(Path classes) {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter problems = new StringWriter();
        List<JavaFileObject> units = new ArrayList<>();
        sources.forEach((name, text) -> units.add(
                new SimpleJavaFileObject(
                        URI.create("string:///" + name.replace('.', '/') + ".java"), JavaFileObject.Kind.SOURCE) {
                    @Override
                    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                        return text;
                    }
                }));
        List<String> options =
                List.of("-proc:none", "-d", classes.toString(), "-cp", System.getProperty("java.class.path"));
        if (!units.isEmpty()
                && !compiler.getTask(problems, null, null, options, null, units).call()) {
            throw new IllegalStateException(problems.toString());
        }
    }

    /** A class loader that finds the providers of the jars, and not those of the tests' own class path. */
    static URLClassLoader loader(Path... jars) throws IOException {
        URL[] urls = new URL[jars.length];
        for (int i = 0; i < jars.length; i++) {
            urls[i] = jars[i].toUri().toURL();
        }
        ClassLoader withoutProviders = new ClassLoader(ProviderJar.class.getClassLoader()) {
            @Override
            public Enumeration<URL> getResources(String name) throws IOException {
                return name.startsWith("META-INF/services/")
                        ? Collections.emptyEnumeration()
                        : super.getResources(name);
            }
        };
        return new URLClassLoader(urls, withoutProviders);
    }
}
