#include "media/picture.h"

#include "media/imageinfo.h"

#include <leptonica/allheaders.h>
#include <libheif/heif.h>
#include <stdlib.h>

enum {
    REDUCE_ABOVE_PIXELS = 12 * 1000 * 1000, /* a page at 300 dpi has 8.7 million */
    JPEG_LARGEST_REDUCTION = 8,
};

struct err picture_pages(struct span file, enum sniff_kind kind, unsigned *pages_out)
{
    struct imageinfo info;
    TRY(imageinfo_read(file, kind, &info));
    *pages_out = info.pages;
    return OK;
}

static PIX *decode_jpeg(struct span file, const struct imageinfo *info)
{
    int reduction = 1, warnings = 0;
    while ((uint64_t)info->width * info->height / (uint64_t)(reduction * reduction) > REDUCE_ABOVE_PIXELS && reduction < JPEG_LARGEST_REDUCTION)
        reduction *= 2;
    return pixReadMemJpeg(file.p, file.n, 0, reduction, &warnings, L_JPEG_READ_LUMINANCE | L_JPEG_CONTINUE_WITH_BAD_DATA);
}

static PIX *decode_png(struct span file)
{
    uint8_t *plain = malloc(file.n);
    if (plain == NULL) return NULL;
    size_t n = imageinfo_plain_png(file, plain);
    PIX *pix = n == 0 ? NULL : pixReadMemPng(plain, n);
    free(plain);
    return pix;
}

struct Pix *picture_of_plane(const uint8_t *plane, int stride, int width, int height)
{
    PIX *pix = pixCreate(width, height, 8);
    if (pix == NULL) return NULL;
    l_uint32 *data = pixGetData(pix);
    l_int32 words = pixGetWpl(pix);
    for (int y = 0; y < height; y++) {
        l_uint32 *row = data + (size_t)y * (size_t)words;
        const uint8_t *from = plane + (size_t)y * (size_t)stride;
        for (int x = 0; x < width; x++) SET_DATA_BYTE(row, x, from[x]);
    }
    return pix;
}

/* The luminance plane of HEVC is the grey picture: no colour conversion is needed. */
static PIX *grey_of_heif(struct heif_context *context)
{
    struct heif_image_handle *handle = NULL;
    struct heif_image *image = NULL;
    PIX *pix = NULL;
    if (heif_context_get_primary_image_handle(context, &handle).code != heif_error_Ok) return NULL;
    int64_t width = heif_image_handle_get_width(handle), height = heif_image_handle_get_height(handle);
    bool fits = width > 0 && height > 0 && width <= IMAGEINFO_MAX_SIDE && height <= IMAGEINFO_MAX_SIDE && width * height <= IMAGEINFO_MAX_PIXELS;
    if (fits && heif_decode_image(handle, &image, heif_colorspace_YCbCr, heif_chroma_420, NULL).code == heif_error_Ok) {
        int stride = 0;
        const uint8_t *plane = heif_image_get_plane_readonly(image, heif_channel_Y, &stride);
        int bits = heif_image_get_bits_per_pixel_range(image, heif_channel_Y);
        int w = heif_image_get_width(image, heif_channel_Y), h = heif_image_get_height(image, heif_channel_Y);
        if (plane != NULL && bits == 8) pix = picture_of_plane(plane, stride, w, h);
        heif_image_release(image);
    }
    heif_image_handle_release(handle);
    return pix;
}

static PIX *decode_heic(struct span file)
{
    struct heif_context *context = heif_context_alloc();
    if (context == NULL) return NULL;
    heif_context_set_max_decoding_threads(context, 0);
    PIX *pix = NULL;
    if (heif_context_read_from_memory_without_copy(context, file.p, file.n, NULL).code == heif_error_Ok) pix = grey_of_heif(context);
    heif_context_free(context);
    return pix;
}

static PIX *decode(struct span file, enum sniff_kind kind, unsigned page, const struct imageinfo *info)
{
    switch (kind) {
    case SNIFF_JPEG: return decode_jpeg(file, info);
    case SNIFF_PNG: return decode_png(file);
    case SNIFF_WEBP: return pixReadMemWebP(file.p, file.n);
    case SNIFF_TIFF: return pixReadMemTiff(file.p, file.n, (l_int32)page);
    case SNIFF_HEIC: return decode_heic(file);
    default: return NULL;
    }
}

/* Grey, and transparent means paper. Takes `pix` over. */
static PIX *to_grey(PIX *pix)
{
    if (pixGetDepth(pix) == 32 && pixGetSpp(pix) == 4) {
        PIX *opaque = pixAlphaBlendUniform(pix, 0xffffff00);
        pixDestroy(&pix);
        pix = opaque;
    }
    PIX *grey = pix == NULL ? NULL : pixConvertTo8(pix, 0);
    pixDestroy(&pix);
    if (grey != NULL && (int64_t)pixGetWidth(grey) * pixGetHeight(grey) > REDUCE_ABOVE_PIXELS) {
        PIX *half = pixScaleAreaMap2(grey);
        pixDestroy(&grey);
        grey = half;
    }
    return grey;
}

/* EXIF: 2 mirrored, 3 half turn, 4 flipped, 5 transposed, 6 turn right, 7 transversed, 8 turn left. */
static PIX *make_upright(PIX *pix, unsigned orientation)
{
    PIX *turned = NULL;
    switch (orientation) {
    case 3: case 4: turned = pixRotate180(NULL, pix); break;
    case 5: case 6: turned = pixRotate90(pix, 1); break;
    case 7: case 8: turned = pixRotate90(pix, -1); break;
    default: turned = pixClone(pix); break;
    }
    pixDestroy(&pix);
    bool mirrored = orientation == 2 || orientation == 4 || orientation == 5 || orientation == 7;
    if (turned == NULL || !mirrored) return turned;
    PIX *straight = pixFlipLR(NULL, turned);
    pixDestroy(&turned);
    return straight;
}

struct err picture_decode(struct span file, enum sniff_kind kind, unsigned page, struct Pix **grey_out, struct picture_size *full_out)
{
    *grey_out = NULL;
    struct imageinfo info;
    setMsgSeverity(L_SEVERITY_NONE);
    TRY(imageinfo_read(file, kind, &info));
    if (page >= info.pages) return FAIL(UNPROCESSABLE_MEDIA);
    PIX *pix = decode(file, kind, page, &info);
    if (pix == NULL) return FAIL(UNPROCESSABLE_MEDIA);
    if ((int64_t)pixGetWidth(pix) * pixGetHeight(pix) > IMAGEINFO_MAX_PIXELS) { /* it had lied in its header */
        pixDestroy(&pix);
        return FAIL(TOO_LARGE);
    }
    bool reduced = kind == SNIFF_JPEG, sideways = info.orientation >= 5;
    int width = reduced ? (int)info.width : pixGetWidth(pix), height = reduced ? (int)info.height : pixGetHeight(pix);
    *full_out = sideways ? (struct picture_size){height, width} : (struct picture_size){width, height};
    pix = to_grey(pix);
    if (pix != NULL) pix = make_upright(pix, info.orientation);
    if (pix == NULL) return FAIL(OUT_OF_MEMORY);
    *grey_out = pix;
    return OK;
}
