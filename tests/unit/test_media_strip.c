/* SEC-125: nothing but picture and sound is kept; what cannot be understood does not pass; pixels and samples stay the same
   (samples made and compared with the ffmpeg program). */
#include "media/strip.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define BYTES(literal) span_of(literal, sizeof(literal) - 1)
enum { FILE_MAX = 4 << 20 };

static struct err strip_by(struct span file, enum sniff_kind kind, size_t piece, struct buf *out)
{
    struct strip strip;
    strip_begin(&strip, kind);
    for (size_t at = 0; at < file.n; at += piece) TRY(strip_feed(&strip, span_sub(file, at, piece), out));
    return strip_end(&strip, out);
}

/* However the file is cut, the same comes out, and never more than went in and the allowance. */
static struct err strip_all_ways(struct span file, enum sniff_kind kind, struct buf *out)
{
    static const size_t pieces[] = {1, 2, 3, 7, 127, 128, 129, 4095};
    *out = BUF_WITH_MAX(FILE_MAX);
    struct err err = strip_by(file, kind, file.n + 1, out);
    assert_true(out->n <= file.n + STRIP_MORE_BYTES);
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        struct buf other = BUF_WITH_MAX(FILE_MAX);
        assert_int_equal(strip_by(file, kind, pieces[i], &other).code, err.code);
        assert_true(span_equal(buf_span(&other), buf_span(out)));
        buf_free(&other);
    }
    return err;
}

static void assert_becomes(struct span file, enum sniff_kind kind, struct span expected)
{
    struct buf out;
    assert_int_equal(strip_all_ways(file, kind, &out).code, ERR_OK);
    assert_int_equal(out.n, expected.n);
    assert_memory_equal(out.p, expected.p, expected.n);
    buf_free(&out);
}

static void assert_refused(struct span file, enum sniff_kind kind)
{
    struct buf out;
    assert_int_equal(strip_all_ways(file, kind, &out).code, ERR_UNPROCESSABLE_MEDIA);
    assert_true(out.n == 0 || memmem(out.p, out.n, "CANARY", 6) == NULL);
    buf_free(&out);
}

/* ---- pictures ---- */

#define JPEG_TABLE "\xff\xdb\0\x05\0\x01\x02"
#define JPEG_SCAN "\xff\xda\0\x03\0\x11\xff\0\x22\xff\xd0\x33"
#define JPEG_ORIENTATION "\xff\xe1\0\x22" "Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"

static void jpeg_loses_what_is_not_the_picture(void **state)
{
    (void)state;
    assert_becomes(BYTES("\xff\xd8"
                         "\xff\xe0\0\x13JFIF\0\x01\x02\0\0\x01\0\x01\x01\x01TMB"
                         "\xff\xe0\0\x0bJFXX\0\x13" "CAN"
                         "\xff\xe1\0\x0bhttp:CANA"
                         "\xff\xe2\0\x12ICC_PROFILE\0\x01\x01pr"
                         "\xff\xe2\0\x08MPF\0CA" "\xff\xe3\0\x06META" "\xff\xed\0\x06PHOT" "\xff\xef\0\x02"
                         "\xff\xee\0\x10" "Adobe\0\x64\0\0\0\0\x01XY"
                         "\xff\xfe\0\x08" "CANARY" "\xff\xff" JPEG_TABLE JPEG_SCAN
                         "\xff\xfe\0\x08" "CANARY" "\xff\xe1\0\x08" "CANARY" JPEG_SCAN "\xff\xd9" "CANARY\xff\xd8\xff\xd9"),
                   SNIFF_JPEG,
                   BYTES("\xff\xd8"
                         "\xff\xe0\0\x10JFIF\0\x01\x02\0\0\x01\0\x01\0\0"
                         "\xff\xe2\0\x12ICC_PROFILE\0\x01\x01pr"
                         "\xff\xee\0\x0e" "Adobe\0\x64\0\0\0\0\x01" JPEG_TABLE JPEG_SCAN JPEG_SCAN "\xff\xd9"));
}

static void jpeg_keeps_its_orientation_alone(void **state)
{
    (void)state;
    struct span turned = BYTES("\xff\xd8" JPEG_ORIENTATION JPEG_SCAN "\xff\xd9");
    assert_becomes(turned, SNIFF_JPEG, turned);
    assert_becomes(BYTES("\xff\xd8\xff\xe1\0\x34" "Exif\0\0II*\0\x08\0\0\0\x02\0" "\x0f\x01\x02\0\x06\0\0\0\0\0\0\0" "\x12\x01\x03\0\x01\0\0\0\x06\0\0\0" "\0\0\0\0" "CANARY" JPEG_ORIENTATION JPEG_SCAN "\xff\xd9"),
                   SNIFF_JPEG, turned);
    struct span plain = BYTES("\xff\xd8" JPEG_SCAN "\xff\xd9");
    assert_becomes(BYTES("\xff\xd8\xff\xe1\0\x22" "Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x01\0\0\0\0\0\0" JPEG_SCAN "\xff\xd9"), SNIFF_JPEG, plain);
    assert_becomes(BYTES("\xff\xd8\xff\xe1\0\x22" "Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x09\0\0\0\0\0\0" JPEG_SCAN "\xff\xd9"), SNIFF_JPEG, plain);
    /* offsets and counts that lead outside */
    assert_becomes(BYTES("\xff\xd8\xff\xe1\0\x12" "Exif\0\0MM\0*\xff\xff\xff\xff\xff\xff" JPEG_SCAN "\xff\xd9"), SNIFF_JPEG, plain);
    assert_becomes(BYTES("\xff\xd8\xff\xe1\0\x14" "Exif\0\0MM\0*\0\0\0\x08\xff\xff\x01\x12" JPEG_SCAN "\xff\xd9"), SNIFF_JPEG, plain);
    assert_becomes(BYTES("\xff\xd8\xff\xe1\0\x08" "Exif\0\0" JPEG_SCAN "\xff\xd9"), SNIFF_JPEG, plain);
}

static void broken_jpeg_does_not_pass(void **state)
{
    (void)state;
    assert_refused(BYTES("\xff\xd8\xff\xfe\0\x01" "CANARY"), SNIFF_JPEG);
    assert_refused(BYTES("\xff\xd8\xff\xe1\0\x08" "Canary" "CANARY" JPEG_SCAN), SNIFF_JPEG);
    assert_refused(BYTES("\xff\xd8" JPEG_TABLE "CANARY" JPEG_SCAN "\xff\xd9"), SNIFF_JPEG);
    assert_refused(BYTES("\xff\xd8" JPEG_TABLE "\xff\xd9" "CANARY"), SNIFF_JPEG);
    assert_refused(BYTES("\xff\xd8" JPEG_TABLE "\xff\x01" "CANARY"), SNIFF_JPEG);
    assert_refused(BYTES("\xff\xd8" JPEG_TABLE), SNIFF_JPEG);
    assert_refused(BYTES("CANARY"), SNIFF_JPEG);
    assert_refused(SPAN_NONE, SNIFF_JPEG);
}

#define PNG_START "\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0\x3a\x7e\x9b\x55"
#define PNG_REST "\0\0\0\x0aIDAT\x78\x9c\x63\x68\0\0\0\x82\0\x81\x77\xcd\x72\xb6\0\0\0\0IEND\xae\x42\x60\x82"

static void png_keeps_what_decides_pixels(void **state)
{
    (void)state;
    struct span plain = BYTES(PNG_START "\0\0\0\x04gAMA\0\0\xb1\x8f" "crcc" PNG_REST);
    assert_becomes(plain, SNIFF_PNG, plain);
    assert_becomes(BYTES(PNG_START "\0\0\0\x06tEXtCANARYcrcc" "\0\0\0\x06iTXtCANARYcrcc" "\0\0\0\x06zTXtCANARYcrcc" "\0\0\0\x06" "eXIfCANARYcrcc"
                         "\0\0\0\x04gAMA\0\0\xb1\x8f" "crcc" "\0\0\0\x07tIMECANARYYcrcc" "\0\0\0\x06" "prVtCANARYcrcc" "\0\0\0\x06gAMACANARYcrcc"
                         "\0\0\0\x06iCCPCANARYcrcc" PNG_REST "CANARY"),
                   SNIFF_PNG, plain);
}

static void broken_png_does_not_pass(void **state)
{
    (void)state;
    assert_refused(BYTES("\x89PNG\r\n\x1a\n" "\0\0\0\x06tEXtCANARYcrcc" PNG_REST), SNIFF_PNG);
    assert_refused(BYTES(PNG_START PNG_START), SNIFF_PNG);
    assert_refused(BYTES(PNG_START "\0\0\0\x06TEXTCANARYcrcc" PNG_REST), SNIFF_PNG);
    assert_refused(BYTES(PNG_START "\xff\0\0\x06tEXtCANARYcrcc" PNG_REST), SNIFF_PNG);
    assert_refused(BYTES(PNG_START "\0\0\0\x06t\0XtCANARYcrcc" PNG_REST), SNIFF_PNG);
    assert_refused(BYTES(PNG_START "\0\0\0\xfftEXtCANARYcrcc" PNG_REST), SNIFF_PNG);
    assert_refused(BYTES(PNG_START), SNIFF_PNG);
}

static void webp_is_blanked_where_it_is(void **state)
{
    (void)state;
    assert_becomes(BYTES("RIFF\x52\0\0\0WEBP" "VP8X\x0a\0\0\0\x3c\0\0\0\x01\0\0\x01\0\0" "XMP \x07\0\0\0" "CANARY!\0" "VP8L\x03\0\0\0abc\0" "EXIF\x06\0\0\0" "CANARY"),
                   SNIFF_WEBP,
                   BYTES("RIFF\x52\0\0\0WEBP" "VP8X\x0a\0\0\0\x30\0\0\0\x01\0\0\x01\0\0" "JUNK\x07\0\0\0\0\0\0\0\0\0\0\0" "VP8L\x03\0\0\0abc\0" "JUNK\x06\0\0\0\0\0\0\0\0\0"));
    assert_refused(BYTES("RIFF\x52\0\0\0WEBP" "VP8X\x0c\0\0\0\x3c\0\0\0\x01\0\0\x01\0\0" "CANARY"), SNIFF_WEBP);
    assert_refused(BYTES("RIFF\x52\0\0\0WEBP" "\0\x01\x02\x03\0\0\0\0" "CANARY"), SNIFF_WEBP);
    assert_refused(BYTES("RIFF\x52\0\0\0WEBP" "EXIF\x06\0\0\0" "CANARY"), SNIFF_WEBP);
}

/* ---- sound ---- */

#define WAV_START "RIFF\x60\0\0\0WAVE"
#define WAV_FORMAT "fmt \x10\0\0\0\x01\0\x01\0\x80\x3e\0\0\0\x7d\0\0\x02\0\x10\0"
#define WAV_DATA "data\x04\0\0\0\x01\x02\x03\x04"

static void wav_is_blanked_where_it_is(void **state)
{
    (void)state;
    assert_becomes(BYTES(WAV_START "bext\x06\0\0\0" "CANARY" WAV_FORMAT WAV_DATA "LIST\x06\0\0\0" "CANARY" "id3 \x07\0\0\0" "CANARY!\0" "data\x06\0\0\0" "CANARY" "\0\x01" "CANARY"),
                   SNIFF_WAV,
                   BYTES(WAV_START "JUNK\x06\0\0\0\0\0\0\0\0\0" WAV_FORMAT WAV_DATA "JUNK\x06\0\0\0\0\0\0\0\0\0" "JUNK\x07\0\0\0\0\0\0\0\0\0\0\0"
                         "JUNK\x06\0\0\0\0\0\0\0\0\0" "\0\0\0\0\0\0\0\0"));
    assert_becomes(BYTES(WAV_START WAV_FORMAT WAV_DATA "CANA"), SNIFF_WAV, BYTES(WAV_START WAV_FORMAT WAV_DATA "\0\0\0\0"));
    struct span endless = BYTES(WAV_START WAV_FORMAT "data\0\0\0\0" "sound without a length");
    assert_becomes(endless, SNIFF_WAV, endless);
    assert_refused(BYTES(WAV_START "LIST\x06\0\0\0" "CANARY"), SNIFF_WAV);
    assert_refused(BYTES(WAV_START "\x01\x02\x03\x04" "CANARYCANARY" WAV_DATA), SNIFF_WAV);
    assert_refused(BYTES(WAV_START "fmt \xff\xff\0\0" "CANARY"), SNIFF_WAV);
}

static void flac_is_blanked_where_it_is(void **state)
{
    (void)state;
#define FLAC_INFO "\0\0\0\x22" "0123456789012345678901234567890123"
    assert_becomes(BYTES("fLaC" FLAC_INFO "\x04\0\0\x06" "CANARY" "\x03\0\0\x02sk" "\x86\0\0\x06" "CANARY" "\xff\xf8 frames"), SNIFF_FLAC,
                   BYTES("fLaC" FLAC_INFO "\x01\0\0\x06\0\0\0\0\0\0" "\x03\0\0\x02sk" "\x81\0\0\x06\0\0\0\0\0\0" "\xff\xf8 frames"));
    uint8_t tagged[4 + 38 + 300 + 128];
    memset(tagged, 'x', sizeof tagged);
    memcpy(tagged, "fLaC\x80\0\0\x22", 8);
    memcpy(tagged + sizeof tagged - 128, "TAGCANARY", 9);
    assert_becomes(span_of(tagged, sizeof tagged), SNIFF_FLAC, span_of(tagged, sizeof tagged - 128));
    assert_refused(BYTES("fLaC" "\x04\0\0\x06" "CANARY" FLAC_INFO), SNIFF_FLAC);
    assert_refused(BYTES("fLaC" FLAC_INFO FLAC_INFO), SNIFF_FLAC);
    assert_refused(BYTES("fLaC" FLAC_INFO "\x7f\0\0\x06" "CANARY"), SNIFF_FLAC);
    assert_refused(BYTES("fLaC" FLAC_INFO "\x04\0\0\x06" "CANARY"), SNIFF_FLAC);
}

static void m4a_is_blanked_where_it_is(void **state)
{
    (void)state;
#define BOX_FTYP "\0\0\0\x10" "ftypM4A \0\0\0\0"
    assert_becomes(BYTES(BOX_FTYP "\0\0\0\x0euuidCANARY" "\0\0\0\x5amoov" "\0\0\0\x20mvhd\0\0\0\0CRTDMODFmore of it.." "\0\0\0\x0eudtaCANARY"
                         "\0\0\0\x24trak" "\0\0\0\x0emetaCANARY" "\0\0\0\x0astsdxy" "\0\0\0\0" "\0\0\0\x0dmdatsound" "\0\0\0\x0eskipCANARY" "\0\0\0\x01" "CANARY"),
                   SNIFF_M4A,
                   BYTES(BOX_FTYP "\0\0\0\x0e" "free\0\0\0\0\0\0" "\0\0\0\x5amoov" "\0\0\0\x20mvhd\0\0\0\0\0\0\0\0\0\0\0\0more of it.." "\0\0\0\x0e" "free\0\0\0\0\0\0"
                         "\0\0\0\x24trak" "\0\0\0\x0e" "free\0\0\0\0\0\0" "\0\0\0\x0astsdxy" "\0\0\0\0" "\0\0\0\x0dmdatsound" "\0\0\0\x0e" "free\0\0\0\0\0\0"));
    assert_refused(BYTES(BOX_FTYP "\0\0\0\x16moov" "\0\0\0\x0fudtaCANARY!" ), SNIFF_M4A); /* longer than what it is in */
    assert_refused(BYTES(BOX_FTYP "\0\0\0\x16moov" "\0\0\0\0udtaCANARY" ), SNIFF_M4A);
    assert_refused(BYTES(BOX_FTYP "\0\0\0\x07mdatCANARY" ), SNIFF_M4A);
    assert_refused(BYTES(BOX_FTYP "\0\0\0\x01mdat\xff\xff\xff\xff\xff\xff\xff\xff" "CANARY" ), SNIFF_M4A);
    assert_refused(BYTES("\0\0\0\x0eudtaCANARY"), SNIFF_M4A);
    uint8_t deep[16 + 8 * 20] = "\0\0\0\x10" "ftypM4A ";
    for (size_t i = 0; i < 20; i++) memcpy(deep + 16 + 8 * i, (const uint8_t[8]){0, 0, 0, (uint8_t)(8 * (20 - i)), 'm', 'o', 'o', 'v'}, 8);
    assert_refused(span_of(deep, sizeof deep), SNIFF_M4A);
}

static void the_others_pass_as_they_are(void **state)
{
    (void)state;
    static const enum sniff_kind kinds[] = {SNIFF_OGG, SNIFF_WEBM, SNIFF_TIFF, SNIFF_HEIC, SNIFF_PDF};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) assert_becomes(BYTES("whatever it is"), kinds[i], BYTES("whatever it is"));
}

static void nothing_passes_after_a_fault(void **state)
{
    (void)state;
    struct strip strip;
    struct buf out = BUF_WITH_MAX(FILE_MAX);
    strip_begin(&strip, SNIFF_JPEG);
    assert_int_equal(strip_feed(&strip, BYTES("no"), &out).code, ERR_UNPROCESSABLE_MEDIA);
    assert_int_equal(strip_feed(&strip, BYTES("\xff\xd8"), &out).code, ERR_UNPROCESSABLE_MEDIA);
    assert_int_equal(strip_end(&strip, &out).code, ERR_UNPROCESSABLE_MEDIA);
    assert_int_equal(out.n, 0);
    struct buf small = BUF_WITH_MAX(4);
    strip_begin(&strip, SNIFF_OGG);
    assert_int_equal(strip_feed(&strip, BYTES("OggS."), &small).code, ERR_FULL);
    buf_free(&small);
    buf_free(&out);
}

/* ---- by a decoder's judgement ---- */

static char folder[] = "/tmp/strip-XXXXXX";

static struct buf read_file(const char *name)
{
    char path[64];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    struct buf bytes = BUF_WITH_MAX(FILE_MAX);
    FILE *f = fopen(path, "rb");
    if (f == NULL) return bytes;
    uint8_t *p = buf_reserve(&bytes, FILE_MAX / 2);
    assert_non_null(p);
    buf_added(&bytes, fread(p, 1, FILE_MAX / 2, f));
    assert_int_equal(fclose(f), 0);
    return bytes;
}

__attribute__((format(printf, 1, 2))) static bool shell(const char *format, ...)
{
    char command[512];
    va_list list;
    va_start(list, format);
    vsnprintf(command, sizeof command, format, list);
    va_end(list);
    return system(command) == 0; // NOLINT: a fixed command of the test's own
}

static void assert_decodes_alike(const char *name, enum sniff_kind kind, const char *recipe)
{
    char clean[32], path[64];
    snprintf(clean, sizeof clean, "clean-%s", name);
    if (!shell("cd %s && ffmpeg -nostdin -v error -y %s -metadata title=CANARY -metadata artist=CANARY -metadata comment=CANARY %s", folder, recipe, name)) return;
    struct buf file = read_file(name), out;
    assert_true(file.n > 0);
    assert_int_equal(strip_all_ways(buf_span(&file), kind, &out).code, ERR_OK);
    assert_null(memmem(out.p, out.n, "CANARY", 6));
    assert_null(memmem(out.p, out.n, "C\0A\0N\0A\0R\0Y", 11));
    snprintf(path, sizeof path, "%s/%s", folder, clean);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(out.p, 1, out.n, f), out.n);
    assert_int_equal(fclose(f), 0);
    assert_true(shell("cd %s && ffmpeg -nostdin -v error -i %s -f md5 - > a && ffmpeg -nostdin -v error -xerror -i %s -f md5 - > b && cmp a b", folder, name, clean));
    buf_free(&file);
    buf_free(&out);
}

#define TONE "-f lavfi -i sine=frequency=440:duration=2"
#define PICTURE "-f lavfi -i testsrc=size=160x120:duration=1 -frames:v 1"

static void decoders_see_no_difference(void **state)
{
    (void)state;
    assert_int_equal(system("ffmpeg -version >/dev/null 2>&1"), 0);
    assert_non_null(mkdtemp(folder));
    assert_decodes_alike("a.wav", SNIFF_WAV, TONE);
    assert_decodes_alike("a.flac", SNIFF_FLAC, TONE);
    assert_decodes_alike("a.mp3", SNIFF_MP3, TONE " -write_id3v1 1 -id3v2_version 3");
    assert_decodes_alike("b.mp3", SNIFF_MP3, TONE " -ar 16000 -q:a 4");
    assert_decodes_alike("a.m4a", SNIFF_M4A, TONE);
    assert_decodes_alike("b.m4a", SNIFF_M4A, TONE " -movflags +faststart");
    assert_decodes_alike("c.mp4", SNIFF_M4A, TONE " -c:a aac -movflags +frag_keyframe+empty_moov+default_base_moof");
    assert_decodes_alike("a.jpg", SNIFF_JPEG, PICTURE);
    assert_decodes_alike("a.png", SNIFF_PNG, PICTURE);
    assert_decodes_alike("a.webp", SNIFF_WEBP, PICTURE);
    assert_true(shell("rm -rf %s", folder));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jpeg_loses_what_is_not_the_picture), cmocka_unit_test(jpeg_keeps_its_orientation_alone),
        cmocka_unit_test(broken_jpeg_does_not_pass), cmocka_unit_test(png_keeps_what_decides_pixels),
        cmocka_unit_test(broken_png_does_not_pass), cmocka_unit_test(webp_is_blanked_where_it_is),
        cmocka_unit_test(wav_is_blanked_where_it_is), cmocka_unit_test(flac_is_blanked_where_it_is),
        cmocka_unit_test(m4a_is_blanked_where_it_is), cmocka_unit_test(the_others_pass_as_they_are),
        cmocka_unit_test(nothing_passes_after_a_fault), cmocka_unit_test(decoders_see_no_difference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
