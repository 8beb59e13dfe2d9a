#include "main/medscribe_doctor.h"

#include "base/clock.h"
#include "base/num.h"
#include "os/address.h"
#include "os/channel.h"
#include "os/landlock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <unistd.h>

#define SAY medscribe_doctor_say

enum { LANDLOCK_FULL = 3, MEMORY_WANTED_MIB = 512, SPACE_WANTED_MIB = 1024, POSTGRES_VERSION_MIN = 130000 };

void medscribe_doctor_host_kernel(struct findings *f)
{
    char actions[256] = "";
    struct utsname name;
    FILE *file = fopen("/proc/sys/kernel/seccomp/actions_avail", "re");
    if (file != NULL && fgets(actions, sizeof actions, file) == NULL) actions[0] = '\0';
    if (file != NULL) fclose(file);
    uname(&name);
    if (strstr(actions, "kill_process") != NULL) SAY(f, VERDICT_OK, "kernel", NULL, "Linux %s, seccomp", name.release);
    else SAY(f, VERDICT_WRONG, "kernel", "use Debian's kernel (5.13 or newer)", "Linux %s has no seccomp that ends a process; no program would start", name.release);
}

void medscribe_doctor_host_landlock(struct findings *f)
{
    int abi = landlock_abi();
    if (abi >= LANDLOCK_FULL) SAY(f, VERDICT_OK, "Landlock", NULL, "ABI %d", abi);
    else if (abi > 0) SAY(f, VERDICT_OK, "Landlock", NULL, "ABI %d; newer kernels also guard against truncation of files", abi);
    else
        SAY(f, VERDICT_WARNING, "Landlock", "add landlock to the kernel's lsm= parameter (Debian 12: lsm=landlock,lockdown,yama,integrity,apparmor)",
            "this kernel has it not or has it switched off: core may then open whatever its user may; workers open nothing after their start");
}

void medscribe_doctor_host_user(struct findings *f)
{
    if (geteuid() == 0 && getpwnam("medscribe") == NULL)
        SAY(f, VERDICT_WARNING, "user", "adduser --system --group --no-create-home medscribe", "root has no user `medscribe` to become: medscribed would keep root's rights");
    else SAY(f, VERDICT_OK, "user", NULL, "%s", geteuid() == 0 ? "medscribed becomes the user medscribe" : "not root");
}

/* "MemAvailable:   123456 kB" → MiB, -1 when it is not there */
static int64_t memory_mib(const char *name)
{
    char line[256];
    int64_t found = -1;
    FILE *file = fopen("/proc/meminfo", "re");
    while (file != NULL && found < 0 && fgets(line, sizeof line, file) != NULL) {
        size_t n = strlen(name);
        if (strncmp(line, name, n) != 0) continue;
        const char *digits = line + n + strspn(line + n, ": ");
        uint64_t kib;
        if (num_u64(span_of(digits, strspn(digits, "0123456789")), UINT32_MAX, &kib)) found = (int64_t)(kib / 1024);
    }
    if (file != NULL) fclose(file);
    return found;
}

void medscribe_doctor_host_memory(struct findings *f)
{
    int64_t available = memory_mib("MemAvailable"), workers = config_integer(f->options->config, CONFIG_workers);
    int64_t wanted = MEMORY_WANTED_MIB * (workers > 0 ? workers : 1);
    if (available >= 0 && available < wanted)
        SAY(f, VERDICT_WARNING, "memory", "lower `workers`, or add memory", "%lld MiB are free; %lld workers may need %lld", (long long)available, (long long)workers, (long long)wanted);
    else SAY(f, VERDICT_OK, "memory", NULL, "%lld MiB free", (long long)available);
}

void medscribe_doctor_host_space(struct findings *f)
{
    struct statvfs v;
    if (statvfs(config_text(f->options->config, CONFIG_data), &v) != 0 && statvfs(".", &v) != 0) return;
    uint64_t mib = v.f_bavail * v.f_frsize / (1024 * 1024);
    if (mib < SPACE_WANTED_MIB) SAY(f, VERDICT_WARNING, "disk", "make room, or move the data folder", "%llu MiB are free", (unsigned long long)mib);
    else SAY(f, VERDICT_OK, "disk", NULL, "%llu MiB free", (unsigned long long)mib);
}

void medscribe_doctor_host_clock(struct findings *f)
{
    struct timex t = {0};
    if (adjtimex(&t) == TIME_ERROR) SAY(f, VERDICT_WARNING, "clock", "switch on systemd-timesyncd or chrony", "is not kept right by a time service; audit records carry its time");
    else SAY(f, VERDICT_OK, "clock", NULL, "kept by a time service");
}

static int bind_error(const struct address *address)
{
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(address->port)};
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(address->port)};
    const int yes = 1;
    inet_pton(AF_INET6, address->host, &six.sin6_addr);
    inet_pton(AF_INET, address->host, &four.sin_addr);
    int fd = socket(address->is_ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    int failed = address->is_ipv6 ? bind(fd, (struct sockaddr *)&six, sizeof six) : bind(fd, (struct sockaddr *)&four, sizeof four);
    int error = failed != 0 ? errno : 0;
    fd_close(&fd);
    return error;
}

void medscribe_doctor_host_listen(struct findings *f)
{
    const char *text = config_text(f->options->config, CONFIG_listen);
    struct address address;
    struct link link;
    bool runs = medscribe_link_try(f->options, &link);
    if (runs) medscribe_link_close(&link);
    if (!address_parse(text, &address)) return; /* said by the settings' check */
    int error = bind_error(&address);
    if (runs && error == EADDRINUSE) SAY(f, VERDICT_OK, "server", NULL, "is running and answers on %s", text);
    else if (runs) SAY(f, VERDICT_WARNING, "server", "give this command the same settings as the server", "is running, but not on %s", text);
    else if (error == EADDRINUSE) SAY(f, VERDICT_WRONG, "server", "stop that program, or choose another port", "is not running, and %s is in use by another program", text);
    else if (error == EACCES) SAY(f, VERDICT_WARNING, "server", "start it as root, or choose a port of 1024 or more", "is not running; %s needs more rights", text);
    else if (error != 0) SAY(f, VERDICT_WRONG, "server", "set `listen` to an address of this machine", "%s: %s", text, strerror(error));
    else SAY(f, VERDICT_OK, "server", NULL, "is not running; %s is free", text);
}

void medscribe_doctor_host_database(struct findings *f)
{
    const char *url = config_text(f->options->config, CONFIG_database);
    if (url[0] == '\0') {
        SAY(f, VERDICT_OK, "database", NULL, "SQLite in the data folder");
        return;
    }
    const char *const names[] = {"dbname", "connect_timeout", "application_name", NULL};
    const char *const values[] = {url, "5", "medscribe doctor", NULL};
    PGconn *connection = PQconnectdbParams(names, values, 1);
    const char *host = PQhost(connection);
    if (PQstatus(connection) != CONNECTION_OK) /* libpq's text names host and user, never the password */
        SAY(f, VERDICT_WRONG, "database", "start PostgreSQL, or correct the setting `database`", "%.*s", (int)strcspn(PQerrorMessage(connection), "\n"), PQerrorMessage(connection));
    else if (PQserverVersion(connection) < POSTGRES_VERSION_MIN)
        SAY(f, VERDICT_WRONG, "database", "use PostgreSQL 15 or newer", "PostgreSQL %d is too old", PQserverVersion(connection) / 10000);
    else if (host != NULL && host[0] != '/' && strcmp(host, "localhost") != 0 && strcmp(host, "127.0.0.1") != 0 && PQsslInUse(connection) == 0)
        SAY(f, VERDICT_WRONG, "database", "add ?sslmode=verify-full to the setting `database`", "the way to %s is not encrypted", host);
    else SAY(f, VERDICT_OK, "database", NULL, "PostgreSQL %d", PQserverVersion(connection) / 10000);
    PQfinish(connection);
}

/* clamd answers PING with PONG, whoever asks. */
void medscribe_doctor_host_scanner(struct findings *f)
{
    const char *path = config_text(f->options->config, CONFIG_malware_scanner);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (path[0] == '\0') {
        SAY(f, VERDICT_OK, "virus scanner", NULL, "none is set up (malware_scanner)");
        return;
    }
    memcpy(address.sun_path, path, strnlen(path, sizeof address.sun_path - 1));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const struct timeval limit = {.tv_sec = 5};
    char answer[8] = "";
    bool good = fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0 &&
                connect(fd, (const struct sockaddr *)&address, sizeof address) == 0 && write(fd, "zPING", 6) == 6 && read(fd, answer, sizeof answer - 1) >= 4;
    int error = errno;
    if (good && strncmp(answer, "PONG", 4) == 0) SAY(f, VERDICT_OK, "virus scanner", NULL, "answers at %s", path);
    else SAY(f, VERDICT_WRONG, "virus scanner", "start clamav-daemon, or correct the setting `malware_scanner`; uploads are refused meanwhile", "%s does not answer: %s", path, strerror(error));
    fd_close(&fd);
}
