/* Known answers: SP 800-38D (McGrew's case 16), RFC 5649, RFC 5869, RFC 4231, RFC 8032, FIPS 180; the audit chain. */
#include "crypt/audit_chain.h"
#include "crypt/cipher.h"
#include "crypt/digest.h"
#include "test_vault_area.h"

#include <openssl/evp.h>

static void gcm_known_answer(void **state)
{
    (void)state;
    struct cipher *c;
    assert_false(err_failed(cipher_new(&c)));
    struct hex key_bytes = from_hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
    struct hex nonce = from_hex("cafebabefacedbaddecaf888"), aad = from_hex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
    const char plain[] = "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                         "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39";
    struct hex data = from_hex(plain);
    struct cipher_key key = {.serial = 1};
    uint8_t tag[CIPHER_TAG_BYTES];
    memcpy(key.bytes, key_bytes.p, sizeof key.bytes);
    for (int again = 0; again < 3; again++) { /* the second and third time with the loaded key */
        assert_true(cipher_seal(c, &key, nonce.p, kept(&aad), data.p, data.n, tag));
        assert_hex(data.p, data.n, "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
                                   "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662");
        assert_hex(tag, sizeof tag, "76fc6ece0f4e1768cddf8853bb2d551b");
        assert_true(cipher_open(c, &key, nonce.p, kept(&aad), data.p, data.n, tag));
        assert_hex(data.p, data.n, plain);
    }
    cipher_free(c);
}

/* A key that is swapped under the loaded state must be noticed through its serial: its neighbour, and the many that share its
   place, which differ by a multiple of a power of two. */
static void gcm_keys_do_not_mix(void **state)
{
    (void)state;
    struct cipher *c;
    assert_false(err_failed(cipher_new(&c)));
    struct cipher_key a = {.serial = 1, .bytes = {1}}, b = {.bytes = {2}};
    uint8_t nonce[12] = {0}, data[5] = "hello", tag[16], wrong[5];
    assert_true(cipher_seal(c, &a, nonce, SPAN_LITERAL("x"), data, sizeof data, tag));
    for (int i = 0; i < 64; i++) {
        b.serial = 1 + (UINT64_C(1) << i / 2);
        memcpy(wrong, data, sizeof data);
        assert_false(cipher_open(c, &b, nonce, SPAN_LITERAL("x"), wrong, sizeof wrong, tag));
        memcpy(wrong, data, sizeof data);
        assert_true(cipher_open(c, &a, nonce, SPAN_LITERAL("x"), wrong, sizeof wrong, tag));
        assert_memory_equal(wrong, "hello", 5);
    }
    assert_true(cipher_seal(c, &a, nonce, SPAN_LITERAL("x"), data, 0, tag));
    assert_true(cipher_open(c, &a, nonce, SPAN_LITERAL("x"), data, 0, tag));
    cipher_free(c);
}

/* RFC 5649 from its text over plain AES blocks, for any key length: proven by the RFC's own vectors (192 bit), then the
   measure for the 256-bit wrap that we use. */
static size_t reference_wrap(const EVP_CIPHER *block, const uint8_t *key, struct span plain, uint8_t *out)
{
    size_t blocks = (plain.n + 7) / 8;
    int n;
    uint8_t b[16] = {0xa6, 0x59, 0x59, 0xa6, 0, 0, 0, (uint8_t)plain.n};
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    EVP_EncryptInit_ex(context, block, NULL, key, NULL);
    EVP_CIPHER_CTX_set_padding(context, 0);
    memset(out, 0, 8 * (blocks + 1));
    memcpy(out + 8, plain.p, plain.n);
    if (blocks == 1) {
        memcpy(b + 8, out + 8, 8);
        EVP_EncryptUpdate(context, out, &n, b, 16);
    }
    for (unsigned round = 0; blocks > 1 && round < 6; round++)
        for (unsigned i = 1; i <= blocks; i++) {
            memcpy(b + 8, out + 8 * i, 8);
            EVP_EncryptUpdate(context, b, &n, b, 16);
            b[7] ^= (uint8_t)(blocks * round + i);
            memcpy(out + 8 * i, b + 8, 8);
        }
    if (blocks > 1) memcpy(out, b, 8);
    EVP_CIPHER_CTX_free(context);
    return 8 * (blocks + 1);
}

static void wrap_known_answer(void **state)
{
    (void)state;
    uint8_t out[64], mine[64];
    size_t n;
    struct hex key = from_hex("5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8");
    struct hex long_text = from_hex("c37b7e6492584340bed12207808941155068f738"), short_text = from_hex("466f7250617369");
    assert_hex(out, reference_wrap(EVP_aes_192_ecb(), key.p, kept(&long_text), out),
               "138bdeaa9b8fa7fc61f97742e72248ee5ae6ae5360d1ae6a5f54f373fa543b6a");
    assert_hex(out, reference_wrap(EVP_aes_192_ecb(), key.p, kept(&short_text), out), "afbeb0f07dfbf5419200f2ccb50bb24f");
    struct cipher *c;
    assert_false(err_failed(cipher_new(&c)));
    for (size_t length = 1; length <= 40; length++) {
        uint8_t wrap_key[32], plain[40], back[64];
        size_t back_n;
        random_bytes(wrap_key, sizeof wrap_key);
        random_bytes(plain, sizeof plain);
        assert_true(cipher_wrap(c, wrap_key, span_of(plain, length), mine, sizeof mine, &n));
        assert_int_equal(n, reference_wrap(EVP_aes_256_ecb(), wrap_key, span_of(plain, length), out));
        assert_memory_equal(mine, out, n);
        assert_true(cipher_unwrap(c, wrap_key, span_of(mine, n), back, sizeof back, &back_n));
        assert_int_equal(back_n, length);
        assert_memory_equal(back, plain, length);
        assert_false(cipher_unwrap(c, wrap_key, span_of(mine, n), back, n - 1, &back_n)); /* no room */
        mine[length % n] ^= 1;
        assert_false(cipher_unwrap(c, wrap_key, span_of(mine, n), back, sizeof back, &back_n));
        assert_int_equal(back_n, 0);
    }
    cipher_free(c);
}

static void derive_known_answer(void **state)
{
    (void)state;
    struct cipher *c;
    uint8_t out[42], other[42];
    assert_false(err_failed(cipher_new(&c)));
    struct hex secret = from_hex("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"), salt = from_hex("000102030405060708090a0b0c");
    struct hex info = from_hex("f0f1f2f3f4f5f6f7f8f9");
    assert_true(cipher_derive(c, kept(&secret), kept(&salt), "", kept(&info), out, sizeof out));
    assert_hex(out, sizeof out, "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
    assert_true(cipher_derive(c, kept(&secret), SPAN_NONE, "", SPAN_NONE, out, sizeof out));
    assert_hex(out, sizeof out, "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
    assert_true(cipher_derive(c, kept(&secret), SPAN_NONE, "ab", SPAN_LITERAL("c"), out, sizeof out));
    assert_true(cipher_derive(c, kept(&secret), SPAN_NONE, "abc", SPAN_NONE, other, sizeof other));
    assert_memory_equal(out, other, sizeof out);
    uint8_t too_long[200] = {0};
    assert_false(cipher_derive(c, kept(&secret), SPAN_NONE, "ab", span_of(too_long, sizeof too_long), out, sizeof out));
    cipher_free(c);
}

static void mac_known_answer(void **state)
{
    (void)state;
    uint8_t out[CIPHER_MAC_MAX];
    size_t n;
    struct hex key = from_hex("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b");
    struct cipher_mac *mac = cipher_mac_new("SHA256", kept(&key));
    for (int again = 0; again < 2; again++) {
        assert_true(cipher_mac(mac, SPAN_LITERAL("Hi There"), out, &n));
        assert_hex(out, n, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    }
    cipher_mac_free(mac);
    mac = cipher_mac_new("SHA384", kept(&key));
    assert_true(cipher_mac(mac, SPAN_LITERAL("Hi There"), out, &n));
    assert_hex(out, n, "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2fa9cb6");
    cipher_mac_free(mac);
    cipher_mac_free(NULL);
    assert_null(cipher_mac_new("no such hash", kept(&key)));
}

static void sign_known_answer(void **state)
{
    (void)state;
    uint8_t public_key[32], signature[64];
    struct hex seed = from_hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
    struct cipher_signer *signer = cipher_signer_new(seed.p, public_key);
    assert_hex(public_key, 32, "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
    assert_true(cipher_sign(signer, SPAN_LITERAL(""), signature));
    assert_hex(signature, 64, "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
                              "d25bf5f0595bbe24655141438e7a100b");
    assert_true(digest_verify_ed25519(public_key, SPAN_NONE, signature));
    assert_false(digest_verify_ed25519(public_key, SPAN_LITERAL("a"), signature));
    for (size_t i = 0; i < sizeof signature; i++) {
        signature[i] ^= 1;
        assert_false(digest_verify_ed25519(public_key, SPAN_NONE, signature));
        signature[i] ^= 1;
    }
    cipher_signer_free(signer);
}

static void digests(void **state)
{
    (void)state;
    uint8_t one[SHA256_BYTES], two[SHA256_BYTES];
    digest_sha256(SPAN_LITERAL("abc"), one);
    assert_hex(one, sizeof one, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    digest_sha256(SPAN_NONE, two);
    assert_hex(two, sizeof two, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    digest_sha256_parts((const struct span[]){SPAN_LITERAL("a"), SPAN_NONE, SPAN_LITERAL("bc")}, 3, two);
    assert_true(digest_equal(one, two, sizeof one));
    for (size_t i = 0; i < sizeof one; i++) {
        two[i] ^= 0x80;
        assert_false(digest_equal(one, two, sizeof one));
        two[i] ^= 0x80;
    }
}

static void base64url(void **state)
{
    (void)state;
    static const struct { const char *in, *out; } cases[] = {
        {"", ""}, {"f", "Zg"}, {"fo", "Zm8"}, {"foo", "Zm9v"}, {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"},
        {"\xfb\xff\xfe", "-__-"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf out = BUF_WITH_MAX(64);
        digest_put_base64url(&out, span_text(cases[i].in));
        assert_true(span_is(buf_span(&out), cases[i].out));
        buf_free(&out);
    }
    struct buf small = BUF_WITH_MAX(3);
    digest_put_base64url(&small, SPAN_LITERAL("foo"));
    assert_true(small.failed);
    buf_free(&small);
}

static void audit_chain(void **state)
{
    (void)state;
    uint8_t h[SHA256_BYTES] = {0}, other[SHA256_BYTES] = {0}, bytes[1 + 32 + 4 + 3] = {1};
    assert_false(err_failed(audit_chain_step(h, SPAN_LITERAL("row"))));
    bytes[33] = 3;
    memcpy(bytes + 37, "row", 3);
    digest_sha256(span_of(bytes, sizeof bytes), other); /* as written in the header */
    assert_memory_equal(h, other, sizeof h);
    uint8_t moved[SHA256_BYTES] = {0}, straight[SHA256_BYTES] = {0};
    IGNORE(audit_chain_step(straight, SPAN_LITERAL("a")));
    IGNORE(audit_chain_step(straight, SPAN_LITERAL("b")));
    IGNORE(audit_chain_step(moved, SPAN_LITERAL("b")));
    IGNORE(audit_chain_step(moved, SPAN_LITERAL("a")));
    assert_memory_not_equal(moved, straight, sizeof moved);
    memset(moved, 0, sizeof moved);
    IGNORE(audit_chain_step(moved, SPAN_LITERAL("ab")));
    IGNORE(audit_chain_step(moved, SPAN_NONE));
    assert_memory_not_equal(moved, straight, sizeof moved);
}

static void audit_checkpoint(void **state)
{
    (void)state;
    uint8_t public_key[32], signature[64], message[AUDIT_CHECKPOINT_BYTES];
    const uint8_t seed[32] = {7};
    struct cipher_signer *signer = cipher_signer_new(seed, public_key);
    struct audit_checkpoint point = {.seq = 1000, .hash = {1, 2, 3}, .time_us = 1764000000000000};
    audit_chain_message(&point, message);
    assert_true(cipher_sign(signer, span_of(message, sizeof message), signature));
    assert_true(audit_chain_verify(&point, public_key, signature));
    point.seq++;
    assert_false(audit_chain_verify(&point, public_key, signature));
    point.seq--;
    point.time_us--;
    assert_false(audit_chain_verify(&point, public_key, signature));
    point.time_us++;
    point.hash[31] ^= 1;
    assert_false(audit_chain_verify(&point, public_key, signature));
    cipher_signer_free(signer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gcm_known_answer), cmocka_unit_test(gcm_keys_do_not_mix), cmocka_unit_test(wrap_known_answer),
        cmocka_unit_test(derive_known_answer), cmocka_unit_test(mac_known_answer), cmocka_unit_test(sign_known_answer),
        cmocka_unit_test(digests), cmocka_unit_test(base64url), cmocka_unit_test(audit_chain), cmocka_unit_test(audit_checkpoint),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
