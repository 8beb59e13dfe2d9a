#include "crypt/vault_keys.h"

enum { WRAP_FORMAT = 1, JWT_KEY_ID = 1, DISTINCT_BYTES_MIN = 16 };

static const struct {
    const char *label;
    size_t context;
} infos[VAULT_INFO_COUNT] = {
#define I(name, label, context, summary) [VAULT_INFO_##name] = {label, context},
#include "crypt/vault_info.def"
#undef I
};

const char *vault_keys_label(unsigned info) { return info < VAULT_INFO_COUNT ? infos[info].label : NULL; }
size_t vault_keys_context(unsigned info) { return info < VAULT_INFO_COUNT ? infos[info].context : 0; }

/* --- root key --- */

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

static bool looks_random(const uint8_t *key)
{
    bool seen[256] = {false};
    unsigned distinct = 0, same_steps = 0;
    for (size_t i = 0; i < VAULT_ROOT_BYTES; i++) {
        distinct += !seen[key[i]];
        seen[key[i]] = true;
        if (i >= 2) same_steps += (uint8_t)(key[i] - key[i - 1]) == (uint8_t)(key[i - 1] - key[i - 2]);
    }
    bool repeated = memcmp(key, key + VAULT_ROOT_BYTES / 2, VAULT_ROOT_BYTES / 2) == 0;
    return distinct >= DISTINCT_BYTES_MIN && same_steps < VAULT_ROOT_BYTES / 2 && !repeated;
}

struct err vault_keys_read_root(struct span text, uint8_t root_out[static VAULT_ROOT_BYTES])
{
    if (text.n == VAULT_ROOT_TEXT && text.p[text.n - 1] == '\n') text.n--;
    if (text.n != 2 * VAULT_ROOT_BYTES) return FAIL(BAD_VALUE);
    for (size_t i = 0; i < VAULT_ROOT_BYTES; i++) {
        int high = hex_digit(text.p[2 * i]), low = hex_digit(text.p[2 * i + 1]);
        if (high < 0 || low < 0) return FAIL(BAD_VALUE);
        root_out[i] = (uint8_t)(high << 4 | low);
    }
    return looks_random(root_out) ? OK : FAIL(BAD_VALUE);
}

/* --- what hangs on the root --- */

static bool derive(struct vault_keys *keys, const uint8_t *from, enum vault_info info, const void *context, uint8_t *out)
{
    return cipher_derive(keys->cipher, span_of(from, CIPHER_KEY_BYTES), SPAN_NONE, infos[info].label,
                         span_of(context, infos[info].context), out, CIPHER_KEY_BYTES);
}

static struct cipher_mac *derive_mac(struct vault_keys *keys, const uint8_t *root, enum vault_info info, const void *context,
                                     const char *hash)
{
    uint8_t key[CIPHER_KEY_BYTES];
    struct cipher_mac *mac = NULL;
    if (derive(keys, root, info, context, key)) mac = cipher_mac_new(hash, span_of(key, sizeof key));
    explicit_bzero(key, sizeof key);
    return mac;
}

static bool init_purposes(struct vault_keys *keys, const uint8_t *root)
{
    static const uint8_t system[] = {PURPOSE_PASSWORD, PURPOSE_AUDIT_CLIENT};
    static const uint8_t index[] = {PURPOSE_INDEX_USERNAME, PURPOSE_INDEX_EMAIL};
    static const uint8_t mac[] = {PURPOSE_APPROVAL, PURPOSE_CSRF, PURPOSE_CURSOR, PURPOSE_SETUP};
    for (size_t i = 0; i < sizeof system; i++) {
        struct cipher_key *key = &keys->system[system[i]];
        if (!derive(keys, root, VAULT_INFO_SYSTEM, (const uint8_t[]){system[i], 0}, key->bytes)) return false;
        key->serial = ++keys->last_serial;
    }
    for (size_t i = 0; i < sizeof index; i++) {
        keys->mac[index[i]] = derive_mac(keys, root, VAULT_INFO_INDEX, (const uint8_t[]){index[i], 0}, "SHA256");
        if (keys->mac[index[i]] == NULL) return false;
    }
    for (size_t i = 0; i < sizeof mac; i++) {
        keys->mac[mac[i]] = derive_mac(keys, root, VAULT_INFO_MAC, (const uint8_t[]){mac[i], 0}, "SHA256");
        if (keys->mac[mac[i]] == NULL) return false;
    }
    return true;
}

static bool init_signer(struct vault_keys *keys, const uint8_t *root)
{
    uint8_t seed[CIPHER_KEY_BYTES];
    if (derive(keys, root, VAULT_INFO_AUDIT_SIGN, NULL, seed)) keys->signer = cipher_signer_new(seed, keys->signer_public);
    explicit_bzero(seed, sizeof seed);
    return keys->signer != NULL;
}

struct err vault_keys_init(struct vault_keys *keys, const uint8_t root[static VAULT_ROOT_BYTES])
{
    TRY(cipher_new(&keys->cipher));
    random_bytes(keys->cache_seed, sizeof keys->cache_seed);
    for (uint8_t epoch = 1; epoch <= VAULT_KEK_EPOCHS; epoch++)
        if (!derive(keys, root, VAULT_INFO_KEK, (const uint8_t[]){epoch, 0, 0, 0}, keys->kek[epoch])) return FAIL(INTERNAL);
    if (!init_purposes(keys, root) || !init_signer(keys, root)) return FAIL(INTERNAL);
    keys->pepper = derive_mac(keys, root, VAULT_INFO_PEPPER, NULL, "SHA384");
    keys->jwt = derive_mac(keys, root, VAULT_INFO_JWT, (const uint8_t[]){JWT_KEY_ID, 0, 0, 0}, "SHA256");
    return keys->pepper != NULL && keys->jwt != NULL ? OK : FAIL(INTERNAL);
}

void vault_keys_done(struct vault_keys *keys)
{
    cipher_signer_free(keys->signer);
    cipher_mac_free(keys->pepper);
    cipher_mac_free(keys->jwt);
    for (size_t i = 0; i < PURPOSE_COUNT; i++) cipher_mac_free(keys->mac[i]);
    cipher_free(keys->cipher);
    explicit_bzero(keys, sizeof *keys);
}

/* --- persons --- */

static bool unwrap_field_key(struct vault_keys *keys, struct id person, unsigned purpose, struct span wrapped, uint8_t *out)
{
    uint32_t epoch;
    uint8_t wrap_key[CIPHER_KEY_BYTES], person_key[CIPHER_WRAPPED_BYTES];
    const uint8_t context[] = {(uint8_t)purpose, (uint8_t)(purpose >> 8)};
    size_t n = 0;
    if (wrapped.n != VAULT_WRAPPED_BYTES || wrapped.p[0] != WRAP_FORMAT) return false;
    epoch = wrapped.p[1] | (uint32_t)wrapped.p[2] << 8 | (uint32_t)wrapped.p[3] << 16 | (uint32_t)wrapped.p[4] << 24;
    if (epoch == 0 || epoch > VAULT_KEK_EPOCHS) return false;
    bool good = derive(keys, keys->kek[epoch], VAULT_INFO_PERSON_WRAP, person.b, wrap_key) &&
                cipher_unwrap(keys->cipher, wrap_key, span_sub(wrapped, 5, CIPHER_WRAPPED_BYTES), person_key,
                              sizeof person_key, &n) &&
                n == CIPHER_KEY_BYTES && derive(keys, person_key, VAULT_INFO_FIELD, context, out);
    explicit_bzero(wrap_key, sizeof wrap_key);
    explicit_bzero(person_key, sizeof person_key);
    return good;
}

/* The seed keeps a client from choosing persons that push each other out. */
static struct cached_key *set_of(struct vault_keys *keys, struct id person, unsigned purpose)
{
    uint64_t half[2];
    memcpy(half, person.b, sizeof half);
    __uint128_t mixed = (__uint128_t)(half[0] ^ keys->cache_seed[0] ^ purpose) * (half[1] ^ keys->cache_seed[1]);
    return keys->cache[((uint64_t)mixed ^ (uint64_t)(mixed >> 64)) % VAULT_CACHE_SETS];
}

const struct cipher_key *vault_keys_person(struct vault_keys *keys, struct id person, unsigned purpose, struct span wrapped)
{
    if (wrapped.n != VAULT_WRAPPED_BYTES) return NULL;
    struct cached_key *set = set_of(keys, person, purpose), *place = &set[0];
    for (size_t way = 0; way < VAULT_CACHE_WAYS; way++) {
        struct cached_key *c = &set[way];
        if (c->key.serial != 0 && c->purpose == purpose && id_equal(c->person, person) &&
            memcmp(c->wrapped, wrapped.p, VAULT_WRAPPED_BYTES) == 0) {
            c->used = ++keys->use;
            return &c->key;
        }
        if (c->used < place->used) place = c;
    }
    uint8_t field_key[CIPHER_KEY_BYTES];
    if (!unwrap_field_key(keys, person, purpose, wrapped, field_key)) return NULL;
    *place = (struct cached_key){.person = person, .purpose = (uint16_t)purpose, .used = ++keys->use};
    place->key.serial = ++keys->last_serial;
    memcpy(place->key.bytes, field_key, sizeof field_key);
    memcpy(place->wrapped, wrapped.p, VAULT_WRAPPED_BYTES);
    explicit_bzero(field_key, sizeof field_key);
    return &place->key;
}

bool vault_keys_new_person(struct vault_keys *keys, struct id person, uint8_t wrapped_out[static VAULT_WRAPPED_BYTES])
{
    uint8_t wrap_key[CIPHER_KEY_BYTES], person_key[CIPHER_KEY_BYTES];
    size_t n = 0;
    random_bytes(person_key, sizeof person_key);
    wrapped_out[0] = WRAP_FORMAT;
    memcpy(wrapped_out + 1, (const uint8_t[]){VAULT_KEK_EPOCHS, 0, 0, 0}, 4);
    bool good = derive(keys, keys->kek[VAULT_KEK_EPOCHS], VAULT_INFO_PERSON_WRAP, person.b, wrap_key) &&
                cipher_wrap(keys->cipher, wrap_key, span_of(person_key, sizeof person_key), wrapped_out + 5,
                            CIPHER_WRAPPED_BYTES, &n) &&
                n == CIPHER_WRAPPED_BYTES;
    explicit_bzero(wrap_key, sizeof wrap_key);
    explicit_bzero(person_key, sizeof person_key);
    return good;
}
