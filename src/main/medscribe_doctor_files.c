#include "main/medscribe_doctor.h"

#include "os/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define SAY medscribe_doctor_say

enum { KEY_TEXT = 64, EXPIRES_SOON_DAYS = 30 };

static const char *setting(const struct findings *f, enum config_name name) { return config_text(f->options->config, name); }

void medscribe_doctor_files_folder(struct findings *f)
{
    const char *path = setting(f, CONFIG_data);
    struct stat st;
    if (stat(path, &st) != 0) {
        if (errno == ENOENT) SAY(f, VERDICT_OK, "data folder", NULL, "%s does not exist yet; the first start makes it", path);
        else SAY(f, VERDICT_WRONG, "data folder", "run this command as the folder's owner", "%s: %s", path, strerror(errno));
    } else if (!S_ISDIR(st.st_mode)) {
        SAY(f, VERDICT_WRONG, "data folder", "set `data` to a folder", "%s is not a folder", path);
    } else if ((st.st_mode & 077) != 0) {
        SAY(f, VERDICT_WRONG, "data folder", "chmod 700, after asking who may have read it", "%s can be read by other users (mode %04o)", path, st.st_mode & 07777);
    } else if (st.st_uid != geteuid() && geteuid() != 0) {
        SAY(f, VERDICT_WRONG, "data folder", "run medscribe as its owner", "%s belongs to user %u", path, st.st_uid);
    } else {
        SAY(f, VERDICT_OK, "data folder", NULL, "%s, mode 0700", path);
    }
}

static void join(const struct findings *f, enum config_name name, const char *own_file, char *out, size_t n)
{
    if (setting(f, name)[0] != '\0') snprintf(out, n, "%s", setting(f, name));
    else snprintf(out, n, "%s/%s", setting(f, CONFIG_data), own_file);
}

void medscribe_doctor_files_key(struct findings *f)
{
    char path[2 * CONFIG_TEXT_MAX], text[KEY_TEXT + 2];
    struct stat st;
    join(f, CONFIG_root_key, "root.key", path, sizeof path);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT && setting(f, CONFIG_root_key)[0] == '\0') {
        SAY(f, VERDICT_OK, "root key", NULL, "none yet; the first start makes it");
        return;
    }
    if (fd < 0 || fstat(fd, &st) != 0) {
        SAY(f, VERDICT_WRONG, "root key", "put the file back from its backup, or mend its owner", "%s: %s", path, strerror(errno));
        fd_close(&fd);
        return;
    }
    ssize_t n = read(fd, text, sizeof text);
    bool whole = n >= KEY_TEXT && n <= KEY_TEXT + 1 && strspn(text, "0123456789abcdef") >= KEY_TEXT;
    explicit_bzero(text, sizeof text);
    fd_close(&fd);
    if ((st.st_mode & 077) != 0) SAY(f, VERDICT_WRONG, "root key", "chmod 400; whoever read it can open every record", "%s can be read by other users", path);
    else if (!whole) SAY(f, VERDICT_WRONG, "root key", "put the file back from its backup", "%s does not hold a key", path);
    else SAY(f, VERDICT_OK, "root key", NULL, "%s; keep a copy away from this machine: without it no record opens", path);
}

static X509 *read_certificate(const char *path)
{
    FILE *file = fopen(path, "re");
    X509 *certificate = file != NULL ? PEM_read_X509(file, NULL, NULL, NULL) : NULL;
    if (file != NULL) fclose(file);
    return certificate;
}

void medscribe_doctor_files_certificate(struct findings *f)
{
    char path[2 * CONFIG_TEXT_MAX];
    bool ours = setting(f, CONFIG_tls_certificate)[0] == '\0';
    join(f, CONFIG_tls_certificate, "certificate.pem", path, sizeof path);
    if (config_bool(f->options->config, CONFIG_plain_http)) {
        SAY(f, VERDICT_WARNING, "certificate", "set plain_http = no for anything but measurements", "plain HTTP is on: nothing is encrypted on the way");
        return;
    }
    X509 *certificate = read_certificate(path);
    int days = 0, seconds = 0;
    if (certificate == NULL && ours) {
        SAY(f, VERDICT_OK, "certificate", NULL, "none yet; the first start makes a self-signed one");
    } else if (certificate == NULL) {
        SAY(f, VERDICT_WRONG, "certificate", "name a PEM file that this user may read", "%s cannot be read", path);
    } else if (ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(certificate)) != 1 || days < 0 || seconds < 0) {
        SAY(f, ours ? VERDICT_WARNING : VERDICT_WRONG, "certificate", ours ? "restart medscribed: it makes a new one" : "renew it", "%s has expired", path);
    } else if (days < EXPIRES_SOON_DAYS) {
        SAY(f, VERDICT_WARNING, "certificate", ours ? "restart medscribed: it makes a new one" : "renew it", "%s expires in %d days", path, days);
    } else if (ours) {
        SAY(f, VERDICT_WARNING, "certificate", "set tls_certificate and tls_key to one that browsers know", "self-signed, %d days left: browsers ask before they trust it", days);
    } else {
        SAY(f, VERDICT_OK, "certificate", NULL, "%s, %d days left", path, days);
    }
    X509_free(certificate);
}

static bool program_exists(const char *folder, const char *name)
{
    char path[1200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return access(path, X_OK) == 0;
}

void medscribe_doctor_files_programs(struct findings *f)
{
    static const char *const programs[] = {"vault", "core", "front", "worker", "courier"};
    char own[1024], name[64], missing[256] = "";
    ssize_t n = readlink("/proc/self/exe", own, sizeof own - 1);
    own[n > 0 ? n : 0] = '\0';
    char *slash = strrchr(own, '/');
    if (slash != NULL) *slash = '\0';
    for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++) {
        snprintf(name, sizeof name, "medscribe-%s", programs[i]);
        if (program_exists(own, name) || program_exists(own, programs[i]) || program_exists(MEDSCRIBE_LIBEXEC, name) ||
            program_exists(MEDSCRIBE_LIBEXEC, programs[i]))
            continue;
        size_t at = strlen(missing);
        snprintf(missing + at, sizeof missing - at, " %s", programs[i]);
    }
    if (missing[0] != '\0') SAY(f, VERDICT_WRONG, "programs", "run make, or reinstall the package", "missing:%s", missing);
    else SAY(f, VERDICT_OK, "programs", NULL, "vault, core, front, worker, courier");
}

static void check_language(struct findings *f, const char *language, size_t n)
{
    char path[512];
    snprintf(path, sizeof path, "/usr/share/tesseract-ocr/5/tessdata/%.*s.traineddata", (int)n, language);
    if (access(path, R_OK) == 0) SAY(f, VERDICT_OK, "page reader", NULL, "tesseract, language %.*s", (int)n, language);
    else SAY(f, VERDICT_WRONG, "page reader", "apt install tesseract-ocr-LANGUAGE, or correct the setting `language`", "tesseract has no language %.*s", (int)n, language);
}

void medscribe_doctor_files_models(struct findings *f)
{
    static const char speech[] = "/usr/share/pocketsphinx/model/en-us/en-us/mdef";
    if (config_integer(f->options->config, CONFIG_workers) == 0) {
        SAY(f, VERDICT_OK, "recognition", NULL, "workers = 0: another machine does it");
        return;
    }
    if (access(speech, R_OK) == 0) SAY(f, VERDICT_OK, "speech", NULL, "pocketsphinx, model en-us");
    else SAY(f, VERDICT_WRONG, "speech", "apt install pocketsphinx-en-us", "the model en-us is not installed");
    for (const char *at = setting(f, CONFIG_language); *at != '\0';) {
        size_t n = strcspn(at, "+");
        if (n > 0) check_language(f, at, n);
        at += n + (at[n] == '+');
    }
}
