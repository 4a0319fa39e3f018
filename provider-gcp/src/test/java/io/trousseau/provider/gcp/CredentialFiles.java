package io.trousseau.provider.gcp;

import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/** The JSON of Google's credentials files. */
final class CredentialFiles {
    private CredentialFiles() {}

    /** A service account's key; the private key is made anew. */
    static String serviceAccount(String account) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(2048);
            String pem = "-----BEGIN PRIVATE KEY-----\\n"
                    + Base64.getEncoder()
                            .encodeToString(
                                    generator.generateKeyPair().getPrivate().getEncoded())
                    + "\\n-----END PRIVATE KEY-----\\n";
            return "{\"type\":\"service_account\",\"project_id\":\"acme-prod\",\"private_key_id\":\"0123456789abcdef\","
                    + "\"private_key\":\"" + pem + "\",\"client_email\":\"" + account + "\",\"client_id\":\"1\","
                    + "\"token_uri\":\"https://oauth2.googleapis.com/token\"}";
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Workload identity federation whose subject token lies in a file. */
    static String externalAccount(String subjectTokenFile) {
        return externalAccount("{\"file\":\"" + subjectTokenFile + "\"}", "");
    }

    /** Workload identity federation that runs a program. */
    static String externalAccountOfProgram() {
        return externalAccount("{\"executable\":{\"command\":\"/bin/true\",\"timeout_millis\":5000}}", "");
    }

    /** Workload identity federation that impersonates a service account. */
    static String externalAccountAs(String subjectTokenFile, String account) {
        return externalAccount(
                "{\"file\":\"" + subjectTokenFile + "\"}",
                ",\"service_account_impersonation_url\":\"https://iamcredentials.googleapis.com/v1/projects/-/"
                        + "serviceAccounts/" + account + ":generateAccessToken\"");
    }

    private static String externalAccount(String source, String more) {
        return "{\"type\":\"external_account\",\"audience\":\"//iam.googleapis.com/projects/1/locations/global/"
                + "workloadIdentityPools/pool/providers/k8s\",\"subject_token_type\":"
                + "\"urn:ietf:params:oauth:token-type:jwt\",\"token_url\":\"https://sts.googleapis.com/v1/token\","
                + "\"credential_source\":" + source + more + "}";
    }

    /** What gcloud writes for a person. */
    static String user() {
        return "{\"type\":\"authorized_user\",\"client_id\":\"id\",\"client_secret\":\"c1ient-s3cret\","
                + "\"refresh_token\":\"r3fresh-t0ken\",\"quota_project_id\":\"charged-by-gcloud\"}";
    }
}
