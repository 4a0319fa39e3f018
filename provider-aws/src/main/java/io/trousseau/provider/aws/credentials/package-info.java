/** Where AWS credentials come from, who they make the caller, and when new ones are fetched. */
@NullMarked
package io.trousseau.provider.aws.credentials;

import org.jspecify.annotations.NullMarked;
