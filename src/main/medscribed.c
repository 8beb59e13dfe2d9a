/* medscribed: reads the configuration, opens the sockets, starts vault, core and front, and sees that they live. */
#include "main/medscribed.h"

#include "os/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LOOPS_BY_DEFAULT = 4, SETTINGS_MAX = 64, MESSAGE_MAX = 8192, REFERENCE_MAX = 64 * 1024, EXIT_USAGE = 64 };

static const char usage[] =
    "usage: medscribed [--config FILE] [--set name=value]... [--foreground]\n"
    "       medscribed --config-reference | --config-example | --version | --help\n"
    "  --config FILE       settings, lines of `name = value`\n"
    "  --set name=value    one setting; wins over file and environment\n"
    "  --foreground        stay in the foreground (it always does)\n"
    "  --check             only look whether the settings are right\n"
    "  --offline           no front: for the command line while no server runs\n";

struct arguments {
    const char *config_file, *settings[SETTINGS_MAX];
    size_t setting_count;
    bool offline, check;
};

static void print_table(void (*put)(struct buf *))
{
    struct buf text = BUF_WITH_MAX(REFERENCE_MAX);
    put(&text);
    if (!text.failed) IGNORE(channel_write(STDOUT_FILENO, buf_span(&text)));
    buf_free(&text);
}

/* Flags that print something and are done. */
static bool answered(const char *flag)
{
    if (strcmp(flag, "--help") == 0) fputs(usage, stdout);
    else if (strcmp(flag, "--version") == 0) puts("medscribed " MEDSCRIBE_VERSION);
    else if (strcmp(flag, "--config-reference") == 0) print_table(config_put_reference);
    else if (strcmp(flag, "--config-example") == 0) print_table(config_put_example);
    else return false;
    return true;
}

static bool parse(int argc, char **argv, struct arguments *out)
{
    for (int i = 1; i < argc; i++) {
        const char *flag = argv[i];
        if (answered(flag)) exit(0);
        if (strcmp(flag, "--foreground") == 0) continue;
        if (strcmp(flag, "--offline") == 0) out->offline = true;
        else if (strcmp(flag, "--check") == 0) out->check = true;
        else if (strcmp(flag, "--config") == 0 && i + 1 < argc) out->config_file = argv[++i];
        else if (strcmp(flag, "--set") == 0 && i + 1 < argc && out->setting_count < SETTINGS_MAX) out->settings[out->setting_count++] = argv[++i];
        else return false;
    }
    return true;
}

static struct err set_all(const struct arguments *arguments, struct config *config, struct buf *message)
{
    for (size_t i = 0; i < arguments->setting_count; i++) {
        char name[64];
        const char *equals = strchr(arguments->settings[i], '=');
        size_t n = equals != NULL ? (size_t)(equals - arguments->settings[i]) : 0;
        if (n == 0 || n >= sizeof name) {
            buf_reset(message);
            buf_put_text(message, "--set: is not name=value; write it like --set listen=127.0.0.1:8443");
            return FAIL(CONFIG);
        }
        snprintf(name, sizeof name, "%.*s", (int)n, arguments->settings[i]);
        TRY(config_set(config, name, equals + 1, message));
    }
    return config_check(config, message);
}

/* What front, vault and workers may know: not how to reach the database, not where the key lies. */
static struct err without_secrets(const struct config *config, struct config **out, struct buf *message)
{
    struct buf all = BUF_WITH_MAX(256 * 1024);
    config_put(config, &all);
    struct err e = buf_check(&all);
    if (!err_failed(e)) e = config_take(buf_span(&all), out);
    buf_free(&all);
    if (!err_failed(e)) e = config_set(*out, "database", "", message);
    if (!err_failed(e)) e = config_set(*out, "root_key", "", message);
    return e;
}

/* Started by root: the folder is given to the user `medscribe`, whose rights are taken for good. Without that user root
   stays, which `medscribe doctor` complains about. */
static bool drop_rights(const char *folder)
{
    struct passwd *user = geteuid() == 0 ? getpwnam("medscribe") : NULL;
    if (user == NULL) return true;
    struct stat st;
    if (mkdir(folder, 0700) == 0 || (stat(folder, &st) == 0 && st.st_uid == 0 && rmdir(folder) == 0 && mkdir(folder, 0700) == 0))
        if (chown(folder, user->pw_uid, user->pw_gid) != 0) return false;
    return initgroups(user->pw_name, user->pw_gid) == 0 && setresgid(user->pw_gid, user->pw_gid, user->pw_gid) == 0 &&
           setresuid(user->pw_uid, user->pw_uid, user->pw_uid) == 0;
}

static void find_directory(char *out, size_t n)
{
    ssize_t got = readlink("/proc/self/exe", out, n - 1);
    out[got > 0 ? got : 0] = '\0';
    char *slash = strrchr(out, '/');
    if (slash != NULL) *slash = '\0';
}

static unsigned loops_of(const struct config *config)
{
    cpu_set_t processors;
    int64_t loops = config_integer(config, CONFIG_loops);
    if (loops > 0) return (unsigned)loops;
    int count = sched_getaffinity(0, sizeof processors, &processors) == 0 ? CPU_COUNT(&processors) : 1;
    return count < 1 ? 1 : count > LOOPS_BY_DEFAULT ? LOOPS_BY_DEFAULT : (unsigned)count;
}

static void raise_descriptor_limit(const struct config *config)
{
    struct rlimit limit;
    rlim_t wanted = (rlim_t)config_integer(config, CONFIG_connections) + 1024;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    if (limit.rlim_max < wanted && geteuid() == 0) limit.rlim_max = wanted;
    limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
    setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur < wanted)
        medscribed_log("connections: only %llu descriptors are allowed; raise the limit (LimitNOFILE=) or lower the setting",
                       (unsigned long long)limit.rlim_cur);
}

static int open_signals(void)
{
    sigset_t signals;
    sigemptyset(&signals);
    for (const int *s = (const int[]){SIGTERM, SIGINT, SIGHUP, SIGCHLD, 0}; *s != 0; s++) sigaddset(&signals, *s);
    signal(SIGPIPE, SIG_IGN);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

static struct err prepare(struct service *s)
{
    TRY(without_secrets(s->config, &s->public_config, &s->message));
    TRY(medscribed_workers_check(s->config, &s->message));
    s->loops = loops_of(s->config);
    s->workers.config = s->public_config;
    s->workers.directory = s->directory;
    find_directory(s->directory, sizeof s->directory);
    raise_descriptor_limit(s->config);
    if (!s->offline) TRY(medscribed_sockets_listen(s->config, s->loops, s->listen, &s->message)); /* before rights are dropped: port 443 */
    if (!drop_rights(config_text(s->config, CONFIG_data))) return FAIL(SANDBOX);
    TRY(medscribed_folder_open(s->config, &s->folder, &s->message));
    TRY(medscribed_sockets_control(&s->folder, &s->control, &s->message));
    s->signals = open_signals();
    if (s->signals < 0) return FAIL(IO);
    return medscribed_service_start(s);
}

int main(int argc, char **argv)
{
    static struct service service;
    struct arguments arguments = {0};
    if (!parse(argc, argv, &arguments)) {
        fputs(usage, stderr);
        return EXIT_USAGE;
    }
    umask(077);
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    service.message = BUF_WITH_MAX(MESSAGE_MAX);
    service.offline = arguments.offline;
    service.courier.calls = -1;
    struct err e = config_load(arguments.config_file, &service.config, &service.message);
    if (!err_failed(e)) e = set_all(&arguments, service.config, &service.message);
    if (!err_failed(e) && arguments.check) return 0;
    if (!err_failed(e)) e = prepare(&service);
    if (err_failed(e)) {
        bool said = e.code == ERR_CONFIG && service.message.n > 0;
        fprintf(stderr, "medscribed: %.*s\n", said ? (int)service.message.n : (int)strlen(err_title(e.code)),
                said ? (const char *)service.message.p : err_title(e.code));
        return e.code == ERR_CONFIG ? CONFIG_EXIT : EXIT_FAILURE;
    }
    int status = medscribed_service_run(&service);
    config_free(service.config);
    config_free(service.public_config);
    buf_free(&service.message);
    return status;
}
