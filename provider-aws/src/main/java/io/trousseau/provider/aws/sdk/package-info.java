/** How the AWS SDK is used: where a service is, over what, for how long, and without a will of its own. */
@NullMarked
package io.trousseau.provider.aws.sdk;

import org.jspecify.annotations.NullMarked;
