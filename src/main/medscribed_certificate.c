#include "main/medscribed.h"

#include "os/channel.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { VALID_DAYS = 397, RENEW_DAYS = 30, DAY_SECONDS = 86400 };

static const char certificate_name[] = "certificate.pem", key_name[] = "certificate.key";

/* The host of `origin`, without scheme, port and brackets; empty when none is set. */
static void origin_host(const struct config *config, char host_out[static 256])
{
    const char *origin = config_text(config, CONFIG_origin);
    const char *host = strstr(origin, "://");
    host_out[0] = '\0';
    if (host == NULL) return;
    host += 3;
    size_t n = host[0] == '[' ? strcspn(host, "]") : strcspn(host, ":");
    if (host[0] == '[') host++, n--;
    snprintf(host_out, 256, "%.*s", (int)n, host);
}

static bool is_number(const char *host)
{
    struct in6_addr any;
    return inet_pton(AF_INET, host, &any) == 1 || inet_pton(AF_INET6, host, &any) == 1;
}

static bool covers(X509 *certificate, const char *host)
{
    if (host[0] == '\0') return true;
    return is_number(host) ? X509_check_ip_asc(certificate, host, 0) == 1 : X509_check_host(certificate, host, 0, 0, NULL) == 1;
}

static X509 *read_certificate(int fd)
{
    int copy = dup(fd);
    FILE *file = copy >= 0 ? fdopen(copy, "r") : NULL;
    X509 *certificate = file != NULL ? PEM_read_X509(file, NULL, NULL, NULL) : NULL;
    if (file != NULL) fclose(file);
    lseek(fd, 0, SEEK_SET);
    return certificate;
}

static EVP_PKEY *read_key(int fd)
{
    int copy = dup(fd);
    FILE *file = copy >= 0 ? fdopen(copy, "r") : NULL;
    EVP_PKEY *key = file != NULL ? PEM_read_PrivateKey(file, NULL, NULL, NULL) : NULL;
    if (file != NULL) fclose(file);
    lseek(fd, 0, SEEK_SET);
    return key;
}

static bool expires_within(X509 *certificate, int64_t seconds)
{
    time_t then = time(NULL) + (time_t)seconds;
    return X509_cmp_time(X509_get0_notAfter(certificate), &then) <= 0;
}

/* Our own pair, when it is whole, fits the host and lasts a while. */
static bool ours_is_good(int certificate_fd, int key_fd, const char *host)
{
    X509 *certificate = certificate_fd >= 0 ? read_certificate(certificate_fd) : NULL;
    EVP_PKEY *key = key_fd >= 0 ? read_key(key_fd) : NULL;
    bool good = certificate != NULL && key != NULL && X509_check_private_key(certificate, key) == 1 && covers(certificate, host) &&
                !expires_within(certificate, RENEW_DAYS * (int64_t)DAY_SECONDS);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return good;
}

static bool add_extension(X509 *certificate, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    bool ok = extension != NULL && X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return ok;
}

static bool fill(X509 *certificate, EVP_PKEY *key, const char *host)
{
    char names[512];
    snprintf(names, sizeof names, "DNS:localhost,IP:127.0.0.1,IP:::1%s%s", host[0] == '\0' ? "" : is_number(host) ? ",IP:" : ",DNS:", host);
    BIGNUM *serial = BN_new();
    X509_NAME *name = X509_get_subject_name(certificate);
    bool ok = serial != NULL && BN_rand(serial, 159, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1 &&
              BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(certificate)) != NULL && X509_set_version(certificate, X509_VERSION_3) == 1 &&
              X509_gmtime_adj(X509_getm_notBefore(certificate), -3600) != NULL &&
              X509_gmtime_adj(X509_getm_notAfter(certificate), VALID_DAYS * (long)DAY_SECONDS) != NULL &&
              X509_NAME_add_entry_by_txt(name, "O", MBSTRING_ASC, (const unsigned char *)"MedScribe", -1, -1, 0) == 1 &&
              X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)(host[0] != '\0' && strlen(host) < 64 ? host : "localhost"), -1, -1, 0) == 1 &&
              X509_set_issuer_name(certificate, name) == 1 && X509_set_pubkey(certificate, key) == 1 &&
              add_extension(certificate, NID_basic_constraints, "critical,CA:FALSE") &&
              add_extension(certificate, NID_key_usage, "critical,digitalSignature") &&
              add_extension(certificate, NID_ext_key_usage, "serverAuth") && add_extension(certificate, NID_subject_alt_name, names) &&
              X509_sign(certificate, key, EVP_sha256()) > 0;
    BN_free(serial);
    return ok;
}

static struct err write_pem(const struct folder *folder, X509 *certificate, EVP_PKEY *key)
{
    BIO *certificate_text = BIO_new(BIO_s_mem()), *key_text = BIO_new(BIO_s_secmem());
    struct err e = FAIL(CRYPTO);
    if (certificate_text != NULL && key_text != NULL && PEM_write_bio_X509(certificate_text, certificate) == 1 &&
        PEM_write_bio_PrivateKey(key_text, key, NULL, NULL, 0, NULL, NULL) == 1) {
        char *p;
        long n = BIO_get_mem_data(key_text, &p);
        e = medscribed_folder_write(folder, key_name, 0400, span_of(p, (size_t)n));
        n = BIO_get_mem_data(certificate_text, &p);
        if (!err_failed(e)) e = medscribed_folder_write(folder, certificate_name, 0400, span_of(p, (size_t)n));
    }
    BIO_free(certificate_text);
    BIO_free(key_text);
    return e;
}

static struct err make(const struct folder *folder, const char *host, struct buf *message)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    struct err e = FAIL(CRYPTO);
    if (key != NULL && certificate != NULL && fill(certificate, key, host)) e = write_pem(folder, certificate, key);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return err_failed(e) ? medscribed_complain(message, "data", certificate_name, "cannot be written; look at the space on the disk") : OK;
}

static struct err use_ours(const struct config *config, const struct folder *folder, int *certificate_out, int *key_out, struct buf *message)
{
    char host[256];
    origin_host(config, host);
    for (int attempt = 0; attempt < 2; attempt++) {
        int certificate = openat(folder->fd, certificate_name, O_RDONLY | O_CLOEXEC);
        int key = openat(folder->fd, key_name, O_RDONLY | O_CLOEXEC);
        if (ours_is_good(certificate, key, host)) {
            *certificate_out = certificate;
            *key_out = key;
            return OK;
        }
        fd_close(&certificate);
        fd_close(&key);
        if (attempt == 0) TRY(make(folder, host, message));
    }
    return medscribed_complain(message, "data", certificate_name, "cannot be read back; look at the disk");
}

static struct err check_given(const struct config *config, int certificate_fd, int key_fd, struct buf *message)
{
    const char *certificate_path = config_text(config, CONFIG_tls_certificate), *key_path = config_text(config, CONFIG_tls_key);
    char host[256];
    origin_host(config, host);
    struct stat st;
    X509 *certificate = read_certificate(certificate_fd);
    EVP_PKEY *key = read_key(key_fd);
    struct err e = OK;
    if (certificate == NULL) e = medscribed_complain(message, "tls_certificate", certificate_path, "is not a PEM certificate; name the file with the full chain");
    else if (key == NULL) e = medscribed_complain(message, "tls_key", key_path, "is not a PEM key without a password; name the certificate's key");
    else if (fstat(key_fd, &st) != 0 || (st.st_mode & 007) != 0) e = medscribed_complain(message, "tls_key", key_path, "can be read by everybody; run chmod o= on it");
    else if (X509_check_private_key(certificate, key) != 1) e = medscribed_complain(message, "tls_key", key_path, "is not the key of tls_certificate; name the one that belongs to it");
    else if (expires_within(certificate, 0)) e = medscribed_complain(message, "tls_certificate", certificate_path, "has expired; renew it");
    else if (!covers(certificate, host)) e = medscribed_complain(message, "tls_certificate", certificate_path, "does not name the host of origin; use one that does");
    else if (expires_within(certificate, 14 * (int64_t)DAY_SECONDS)) medscribed_log("the certificate %s expires within 14 days", certificate_path);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return e;
}

struct err medscribed_certificate(const struct config *config, const struct folder *folder, int *certificate_out, int *key_out,
                                  struct buf *message)
{
    const char *path = config_text(config, CONFIG_tls_certificate);
    if (path[0] == '\0') return use_ours(config, folder, certificate_out, key_out, message);
    int certificate = open(path, O_RDONLY | O_CLOEXEC);
    if (certificate < 0) return medscribed_complain(message, "tls_certificate", path, "cannot be opened; name a file that this user may read");
    int key = open(config_text(config, CONFIG_tls_key), O_RDONLY | O_CLOEXEC);
    struct err e = OK;
    if (key < 0) e = medscribed_complain(message, "tls_key", config_text(config, CONFIG_tls_key), "cannot be opened; name a file that this user may read");
    else e = check_given(config, certificate, key, message);
    if (err_failed(e)) {
        fd_close(&certificate);
        fd_close(&key);
    } else {
        *certificate_out = certificate;
        *key_out = key;
    }
    return e;
}
