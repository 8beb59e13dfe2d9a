#include "os/config_rules.h"

#include "base/clock.h"
#include "os/address.h"

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
    default: return NULL;
    }
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
    return NULL;
}
