/* What a file is, and what is refused before any decoder: SEC-121, SEC-123 (headers). */
#include "media/imageinfo.h"
#include "media/sniff.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct err check(struct span file, enum sniff_kind *kind_out)
{
    struct span tail = file.n > SNIFF_TAIL_BYTES ? span_sub(file, file.n - SNIFF_TAIL_BYTES, SNIFF_TAIL_BYTES) : file;
    return sniff_check(span_sub(file, 0, SNIFF_HEAD_BYTES), tail, file.n, kind_out);
}

static void assert_refused(struct span file, enum err_code code)
{
    enum sniff_kind kind = SNIFF_PNG;
    assert_int_equal(check(file, &kind).code, code);
    assert_int_equal(kind, SNIFF_NONE);
}

static void assert_taken(struct span file, enum sniff_kind expected)
{
    enum sniff_kind kind = SNIFF_NONE;
    assert_int_equal(check(file, &kind).code, ERR_OK);
    assert_int_equal(kind, expected);
}

static const uint8_t png[] = "\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0\x3a\x7e\x9b\x55"
                             "\0\0\0\x0aIDAT\x78\x9c\x63\x68\0\0\0\x82\0\x81\x77\xcd\x72\xb6\0\0\0\0IEND\xae\x42\x60\x82";
#define PNG_BYTES (sizeof png - 1)
static const uint8_t jpeg[] = "\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0\xff\xc0\0\x0b\x08\0\x10\0\x20\x01\x01\x11\0"
                              "\xff\xda\0\x08\x01\x01\0\0\x3f\0\x55\xff\xd9";
#define JPEG_BYTES (sizeof jpeg - 1)

static size_t make_wav(uint8_t *to, uint32_t riff_bytes, uint32_t data_bytes, size_t samples)
{
    static const uint8_t format[] = "WAVEfmt \x10\0\0\0\x01\0\x01\0\x80\x3e\0\0\0\x7d\0\0\x02\0\x10\0data";
    memcpy(to, "RIFF", 4);
    memcpy(to + 4, &riff_bytes, 4);
    memcpy(to + 8, format, sizeof format - 1);
    memcpy(to + 8 + sizeof format - 1, &data_bytes, 4);
    memset(to + 44, 1, samples * 2);
    return 44 + samples * 2;
}

static void kinds_are_known(void **state)
{
    (void)state;
    static const struct {
        enum sniff_kind kind;
        const char *bytes;
        size_t n;
    } openings[] = {
        {SNIFF_FLAC, "fLaC\0\0\0\x22", 8}, {SNIFF_OGG, "OggS\0", 5}, {SNIFF_M4A, "\0\0\0\x20" "ftypM4A ", 12},
        {SNIFF_HEIC, "\0\0\0\x18" "ftypheic", 12}, {SNIFF_WEBM, "\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm", 16},
        {SNIFF_NONE, "\x1a\x45\xdf\xa3\x9f\x42\x82\x88matroska", 16}, {SNIFF_NONE, "\0\0\0\x18" "ftypavif", 12},
        {SNIFF_TIFF, "II*\0\x08\0\0\0", 8}, {SNIFF_TIFF, "MM\0*\0\0\0\x08", 8}, {SNIFF_PDF, "%PDF-1.7\n", 9},
        {SNIFF_WEBP, "RIFF\x10\0\0\0WEBPVP8 ", 16}, {SNIFF_NONE, "GIF89a", 6}, {SNIFF_NONE, "<svg xmlns=", 11},
        {SNIFF_NONE, "PK\x03\x04", 4}, {SNIFF_NONE, "", 0}, {SNIFF_MP3, "ID3\x03\0\0\0\0\0\x0a", 10},
    };
    for (size_t i = 0; i < sizeof openings / sizeof *openings; i++)
        assert_int_equal(sniff_kind(span_of(openings[i].bytes, openings[i].n)), openings[i].kind);
    assert_taken(span_of(png, PNG_BYTES), SNIFF_PNG);
    assert_taken(span_of(jpeg, JPEG_BYTES), SNIFF_JPEG);
}

static void what_is_said_must_agree(void **state)
{
    (void)state;
    assert_true(sniff_type_fits(SNIFF_WAV, SPAN_LITERAL("audio/X-WAV")));
    assert_true(sniff_type_fits(SNIFF_M4A, SPAN_LITERAL("audio/mp4")));
    assert_true(sniff_type_fits(SNIFF_JPEG, SPAN_LITERAL("application/octet-stream")));
    assert_false(sniff_type_fits(SNIFF_JPEG, SPAN_LITERAL("image/png")));
    assert_false(sniff_type_fits(SNIFF_NONE, SPAN_NONE));
    assert_true(sniff_name_fits(SNIFF_JPEG, SPAN_LITERAL("Photo 1.JPG")));
    assert_true(sniff_name_fits(SNIFF_JPEG, SPAN_LITERAL("photo")));
    assert_true(sniff_name_fits(SNIFF_JPEG, SPAN_LITERAL("my.folder/photo")));
    assert_false(sniff_name_fits(SNIFF_JPEG, SPAN_LITERAL("photo.png")));
    assert_false(sniff_name_fits(SNIFF_JPEG, SPAN_LITERAL("photo.jpg.exe")));
    assert_false(sniff_name_fits(SNIFF_JPEG, SPAN_LITERAL("photo.")));
}

static void too_short_is_refused(void **state)
{
    (void)state;
    assert_refused(SPAN_NONE, ERR_EMPTY_FILE);
    assert_refused(SPAN_LITERAL("x"), ERR_UNPROCESSABLE_MEDIA);
    assert_refused(span_of(png, 11), ERR_UNPROCESSABLE_MEDIA);
    assert_refused(SPAN_LITERAL("this is a letter, not a picture"), ERR_FILE_MISMATCH);
    for (size_t n = 12; n < PNG_BYTES; n++) assert_refused(span_of(png, n), ERR_UNPROCESSABLE_MEDIA);
}

static void assert_polyglot_refused(const uint8_t *file, size_t n, const char *more, size_t more_bytes)
{
    uint8_t both[512];
    memcpy(both, file, n);
    memcpy(both + n, more, more_bytes);
    assert_refused(span_of(both, n + more_bytes), ERR_UNPROCESSABLE_MEDIA);
}

static void polyglots_are_refused(void **state)
{
    (void)state;
    static const char page[] = "<HTML><ScRiPt>alert(1)</script>", zip[] = "PK\x03\x04\x14\0\0\0\x08\0", pdf[] = "%PDF-1.4 ";
    static const char end[] = "PK\x05\x06\0\0\0\0\x01\0\x01\0\x2e\0\0\0\0\0\0\0\0\0";
    assert_polyglot_refused(jpeg, JPEG_BYTES, page, sizeof page - 1);
    assert_polyglot_refused(jpeg, JPEG_BYTES, end, sizeof end - 1);
    assert_polyglot_refused(jpeg, JPEG_BYTES, pdf, sizeof pdf - 1);
    assert_polyglot_refused(png, PNG_BYTES, page, sizeof page - 1);
    assert_polyglot_refused(png, PNG_BYTES, zip, sizeof zip - 1);
    uint8_t wav[4096];
    size_t n = make_wav(wav, 4096 + 36, 4096, 1000);
    assert_refused(span_of(wav, n), ERR_UNPROCESSABLE_MEDIA); /* data beyond the end */
    n = make_wav(wav, 2000 + 36, 2000, 1000);
    assert_taken(span_of(wav, n), SNIFF_WAV);
    memcpy(wav + 1000, end, sizeof end - 1);
    assert_refused(span_of(wav, n), ERR_UNPROCESSABLE_MEDIA);
    uint8_t script[JPEG_BYTES];
    memcpy(script, jpeg, JPEG_BYTES);
    memcpy(script + 4, "/*", 2); /* a segment length that opens a comment in JavaScript */
    assert_refused(span_of(script, JPEG_BYTES), ERR_UNPROCESSABLE_MEDIA);
}

static void lies_about_size_are_refused(void **state)
{
    (void)state;
    uint8_t wav[4096];
    size_t n = make_wav(wav, 0xffffffff, 0xffffffff, 1000);
    assert_refused(span_of(wav, n), ERR_UNPROCESSABLE_MEDIA);
    n = make_wav(wav, 2036, 0xfffffff0, 1000);
    assert_refused(span_of(wav, n), ERR_UNPROCESSABLE_MEDIA);
    static const uint8_t id3[] = "ID3\x03\0\0\x7f\x7f\x7f\x7f and then nothing like 256 MiB";
    assert_refused(span_of(id3, sizeof id3 - 1), ERR_UNPROCESSABLE_MEDIA);
}

static void picture_bombs_end_in_their_header(void **state)
{
    (void)state;
    struct imageinfo info;
    uint8_t bomb[PNG_BYTES];
    memcpy(bomb, png, PNG_BYTES);
    memcpy(bomb + 16, "\0\0\xff\xff\0\0\xff\xff", 8);
    assert_int_equal(imageinfo_read(span_of(bomb, PNG_BYTES), SNIFF_PNG, &info).code, ERR_TOO_LARGE);
    memcpy(bomb + 16, "\0\0\0\0\0\0\0\x01", 8);
    assert_int_equal(imageinfo_read(span_of(bomb, PNG_BYTES), SNIFF_PNG, &info).code, ERR_UNPROCESSABLE_MEDIA);
    uint8_t large[JPEG_BYTES];
    memcpy(large, jpeg, JPEG_BYTES);
    memcpy(large + 25, "\xff\xff\xff\xff", 4);
    assert_int_equal(imageinfo_read(span_of(large, JPEG_BYTES), SNIFF_JPEG, &info).code, ERR_TOO_LARGE);
    assert_int_equal(imageinfo_read(span_of(jpeg, JPEG_BYTES), SNIFF_JPEG, &info).code, ERR_OK);
    assert_int_equal(info.width, 32);
    assert_int_equal(info.height, 16);
    assert_int_equal(info.orientation, 1);
}

static void endless_scans_are_refused(void **state)
{
    (void)state;
    enum { SCANS = 10000, BYTES = JPEG_BYTES + SCANS * 2 };
    struct imageinfo info;
    uint8_t *file = malloc(BYTES);
    assert_non_null(file);
    memcpy(file, jpeg, JPEG_BYTES);
    for (size_t i = 0; i < SCANS; i++) memcpy(file + JPEG_BYTES + 2 * i, "\xff\xda", 2);
    assert_int_equal(imageinfo_read(span_of(file, BYTES), SNIFF_JPEG, &info).code, ERR_TOO_LARGE);
    free(file);
}

static void tiff_directories_in_a_circle_end(void **state)
{
    (void)state;
    struct imageinfo info;
    static const uint8_t tiff[] = "II*\0\x08\0\0\0\x02\0" "\0\x01\x03\0\x01\0\0\0\x10\0\0\0" "\x01\x01\x03\0\x01\0\0\0\x10\0\0\0" "\x08\0\0\0";
    assert_int_equal(imageinfo_read(span_of(tiff, sizeof tiff - 1), SNIFF_TIFF, &info).code, ERR_TOO_LARGE);
}

static void orientation_is_read(void **state)
{
    (void)state;
    struct imageinfo info;
    static const uint8_t turned[] = "\xff\xd8\xff\xe1\0\x22" "Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
                                    "\xff\xc0\0\x0b\x08\0\x10\0\x20\x01\x01\x11\0\xff\xda\0\x08\x01\x01\0\0\x3f\0\x55\xff\xd9";
    assert_int_equal(imageinfo_read(span_of(turned, sizeof turned - 1), SNIFF_JPEG, &info).code, ERR_OK);
    assert_int_equal(info.orientation, 6);
}

/* SEC-125: what is not pixels does not reach the decoder. */
static void png_is_made_plain(void **state)
{
    (void)state;
    uint8_t file[PNG_BYTES + 64], plain[PNG_BYTES + 64];
    static const uint8_t text[] = "\0\0\0\x08tEXtGPS\0here\0\0\0\0";
    memcpy(file, png, 33);
    memcpy(file + 33, text, sizeof text - 1);
    memcpy(file + 33 + sizeof text - 1, png + 33, PNG_BYTES - 33);
    size_t n = imageinfo_plain_png(span_of(file, PNG_BYTES + sizeof text - 1), plain);
    assert_int_equal(n, PNG_BYTES);
    assert_memory_equal(plain, png, PNG_BYTES);
    assert_int_equal(imageinfo_plain_png(span_of(file, 50), plain), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds_are_known), cmocka_unit_test(what_is_said_must_agree), cmocka_unit_test(too_short_is_refused),
        cmocka_unit_test(polyglots_are_refused), cmocka_unit_test(lies_about_size_are_refused),
        cmocka_unit_test(picture_bombs_end_in_their_header), cmocka_unit_test(endless_scans_are_refused),
        cmocka_unit_test(tiff_directories_in_a_circle_end), cmocka_unit_test(orientation_is_read), cmocka_unit_test(png_is_made_plain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
