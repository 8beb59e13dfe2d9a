#include "os/config_rules.h"

#include "base/clock.h"
#include "os/address.h"
#include "os/server.h"

#include <arpa/inet.h>
#include <stdio.h>

/* "https://clinic.example" or with a port; no path, no user, no slash at the end. */
static bool is_origin(const char *value)
{
    if (value[0] == '\0') return true;
    const char *host = strncmp(value, "https://", 8) == 0 ? value + 8 : strncmp(value, "http://", 7) == 0 ? value + 7 : "";
    return host[0] != '\0' && strspn(host, "abcdefghijklmnopqrstuvwxyz0123456789.-:[]") == strlen(host);
}

static bool is_date(const char *value)
{
    char text[] = "0000-00-00T00:00:00Z";
    int64_t time_us;
    if (strlen(value) != 10) return false;
    memcpy(text, value, 10);
    return clock_parse_rfc3339(span_text(text), &time_us);
}

static bool is_language(const char *value)
{
    return strspn(value, "abcdefghijklmnopqrstuvwxyz_+") == strlen(value);
}

/* An address written as a number must be one that may be reached at all. */
static const char *mend_server(const char *value)
{
    struct server_url url;
    struct sockaddr_in four = {.sin_family = AF_INET};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6};
    if (value[0] == '\0') return NULL;
    if (!server_url_parse(value, &url)) return "give https://host/v1, in lower case, without user, query or fragment; http:// only for 127.0.0.1, [::1] or localhost";
    bool ok = true;
    if (inet_pton(AF_INET, url.host, &four.sin_addr) == 1) ok = server_address_allowed((const struct sockaddr *)&four, url.is_loopback);
    if (inet_pton(AF_INET6, url.host, &six.sin6_addr) == 1) ok = server_address_allowed((const struct sockaddr *)&six, url.is_loopback);
    return ok ? NULL : "no model server can be at this address";
}

static bool is_host_list(const char *value)
{
    return strspn(value, "abcdefghijklmnopqrstuvwxyz0123456789.-:, ") == strlen(value);
}

static bool is_model(const char *value)
{
    for (; *value != '\0'; value++)
        if (*value <= ' ' || *value > '~' || strchr("\"'<>&\\", *value) != NULL) return false;
    return true;
}

const char *config_rules_single(enum config_name name, const char *value)
{
    struct address address;
    switch (name) {
    case CONFIG_data: return value[0] != '\0' ? NULL : "name a folder";
    case CONFIG_listen: return address_parse(value, &address) ? NULL : "give an address and a port, like 127.0.0.1:8443 or [::]:8443";
    case CONFIG_origin: return is_origin(value) ? NULL : "give https://host or https://host:port, in lower case and without a path";
    case CONFIG_database:
        return value[0] == '\0' || strncmp(value, "postgresql://", 13) == 0 || strncmp(value, "postgres://", 11) == 0
                   ? NULL
                   : "leave it empty for SQLite, or give postgresql://user@host/database";
    case CONFIG_sunset: return is_date(value) ? NULL : "give a date like 2027-12-31";
    case CONFIG_language: return is_language(value) ? NULL : "name languages as tesseract does, like eng or eng+hin";
    case CONFIG_speech_server: case CONFIG_text_server: return mend_server(value);
    case CONFIG_speech_model: case CONFIG_text_model: return is_model(value) ? NULL : "give the model's name as its server lists it";
    case CONFIG_remote_hosts: return is_host_list(value) ? NULL : "name hosts, with commas between";
    default: return NULL;
    }
}

static const char *together_servers(const struct config *config)
{
    static char complaint[512];
    static const struct {
        enum config_name name;
        const char *word;
    } servers[] = {{CONFIG_speech_server, "speech_server"}, {CONFIG_text_server, "text_server"}};
    const char *hosts = config_text(config, CONFIG_remote_hosts);
    struct server_url url;
    for (size_t i = 0; i < sizeof servers / sizeof servers[0]; i++) {
        if (!server_url_parse(config_text(config, servers[i].name), &url) || hosts[0] == '\0' || server_host_listed(url.host, hosts)) continue;
        snprintf(complaint, sizeof complaint, "%s: its host %s is not in remote_hosts; add it there, or correct the address", servers[i].word, url.host);
        return complaint;
    }
    if (config_text(config, CONFIG_text_server)[0] != '\0' && config_text(config, CONFIG_text_model)[0] == '\0')
        return "text_model: is missing; name the model that text_server is asked for";
    return NULL;
}

const char *config_rules_together(const struct config *config)
{
    struct address address;
    if (!address_parse(config_text(config, CONFIG_listen), &address)) return "listen: not an address; give one like 127.0.0.1:8443";
    if (config_bool(config, CONFIG_plain_http) && !address.is_loopback)
        return "plain_http: is for measurements on this machine only; set listen to a loopback address such as 127.0.0.1:8443";
    bool has_certificate = config_text(config, CONFIG_tls_certificate)[0] != '\0';
    if (has_certificate != (config_text(config, CONFIG_tls_key)[0] != '\0'))
        return has_certificate ? "tls_key: is missing; name the file of the certificate's key"
                               : "tls_certificate: is missing; name the file of the key's certificate";
    const char *origin = config_text(config, CONFIG_origin);
    if (!config_bool(config, CONFIG_plain_http) && strncmp(origin, "http://", 7) == 0)
        return "origin: begins with http:// although the service speaks TLS; write https://";
    return together_servers(config);
}
