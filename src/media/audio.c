#include "media/audio.h"

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/channel_layout.h>
#include <libavutil/log.h>
#include <libavutil/opt.h>
#include <libswresample/swresample.h>
#include <stdlib.h>

enum {
    IO_BUFFER_BYTES = 32 * 1024,
    MAX_STREAMS = 16,
    MAX_PACKET_BYTES = 8 * 1024 * 1024,
    MAX_DAMAGED_IN_A_ROW = 2000, /* packets; then it is not worth the time */
    MAX_OTHER_PACKETS = 1000 * 1000,
    MAX_PIECE = 4 * 1024 * 1024, /* samples made of one frame */
};

struct audio {
    struct span file;
    size_t at; /* read position in file */
    AVIOContext *io;
    AVFormatContext *format;
    AVCodecContext *decoder;
    SwrContext *resampler;
    AVPacket *packet;
    AVFrame *frame;
    int stream;
    int source_rate, source_format;
    AVChannelLayout source_layout;
    bool drained, flushed;
    int16_t *pending; /* resampled, not yet handed out */
    size_t pending_at, pending_count, pending_capacity;
    int64_t samples_out, decoded_packets, damaged_packets;
    int damaged_in_a_row;
};

/* What each kind may be read with. FFmpeg would guess among hundreds of demuxers; most of them never met a fuzzer. */
static const struct {
    const char *demuxer, *codecs;
} readers[SNIFF_KIND_COUNT] = {
    [SNIFF_WAV] = {"wav", "pcm_u8,pcm_s16le,pcm_s24le,pcm_s32le,pcm_f32le,pcm_alaw,pcm_mulaw"},
    [SNIFF_FLAC] = {"flac", "flac"},
    [SNIFF_MP3] = {"mp3", "mp3float"},
    [SNIFF_M4A] = {"mov", "aac,alac"},
    [SNIFF_OGG] = {"ogg", "opus,vorbis,flac"},
    [SNIFF_WEBM] = {"matroska", "opus,vorbis"},
};

static int read_bytes(void *opaque, uint8_t *to, int wanted)
{
    struct audio *audio = opaque;
    struct span rest = span_sub(audio->file, audio->at, (size_t)wanted);
    if (rest.n == 0) return AVERROR_EOF;
    memcpy(to, rest.p, rest.n);
    audio->at += rest.n;
    return (int)rest.n;
}

static int64_t seek_bytes(void *opaque, int64_t offset, int whence)
{
    struct audio *audio = opaque;
    int64_t size = (int64_t)audio->file.n, to;
    switch (whence & ~AVSEEK_FORCE) {
    case AVSEEK_SIZE: return size;
    case SEEK_SET: to = offset; break;
    case SEEK_CUR: to = (int64_t)audio->at + offset; break;
    case SEEK_END: to = size + offset; break;
    default: return AVERROR(EINVAL);
    }
    if (to < 0 || to > size) return AVERROR(EINVAL);
    audio->at = (size_t)to;
    return to;
}

/* No demuxer may open anything else (a playlist, an external track). */
static int refuse_open(AVFormatContext *format, AVIOContext **io, const char *url, int flags, AVDictionary **options)
{
    (void)format, (void)io, (void)url, (void)flags, (void)options;
    return AVERROR(EPERM);
}

static struct err open_container(struct audio *audio, enum sniff_kind kind)
{
    uint8_t *buffer = av_malloc(IO_BUFFER_BYTES);
    if (buffer == NULL) return FAIL(OUT_OF_MEMORY);
    audio->io = avio_alloc_context(buffer, IO_BUFFER_BYTES, 0, audio, read_bytes, NULL, seek_bytes);
    if (audio->io == NULL) {
        av_free(buffer);
        return FAIL(OUT_OF_MEMORY);
    }
    audio->format = avformat_alloc_context();
    if (audio->format == NULL) return FAIL(OUT_OF_MEMORY);
    audio->format->pb = audio->io;
    audio->format->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_BITEXACT;
    audio->format->io_open = refuse_open;
    audio->format->max_streams = MAX_STREAMS;
    audio->format->probesize = 512 * 1024;
    audio->format->max_analyze_duration = 2 * AV_TIME_BASE;
    AVDictionary *options = NULL;
    av_dict_set(&options, "codec_whitelist", readers[kind].codecs, 0);
    av_dict_set(&options, "protocol_whitelist", "none", 0);
    const AVInputFormat *demuxer = av_find_input_format(readers[kind].demuxer);
    /* On failure it frees audio->format and sets it NULL. */
    int opened = demuxer == NULL ? -1 : avformat_open_input(&audio->format, NULL, demuxer, &options);
    av_dict_free(&options);
    if (opened < 0 || avformat_find_stream_info(audio->format, NULL) < 0) return FAIL(UNPROCESSABLE_MEDIA);
    return OK;
}

static bool is_listed(const char *list, const char *name)
{
    size_t n = strlen(name);
    for (const char *at = strstr(list, name); at != NULL; at = strstr(at + 1, name))
        if ((at == list || at[-1] == ',') && (at[n] == ',' || at[n] == 0)) return true;
    return false;
}

static struct err open_decoder(struct audio *audio, enum sniff_kind kind)
{
    audio->stream = av_find_best_stream(audio->format, AVMEDIA_TYPE_AUDIO, -1, -1, NULL, 0);
    if (audio->stream < 0) return FAIL(UNPROCESSABLE_MEDIA);
    for (unsigned i = 0; i < audio->format->nb_streams; i++)
        if ((int)i != audio->stream) audio->format->streams[i]->discard = AVDISCARD_ALL;
    const AVCodecParameters *sound = audio->format->streams[audio->stream]->codecpar;
    const AVCodec *codec = sound->codec_id == AV_CODEC_ID_MP3 ? avcodec_find_decoder_by_name("mp3float")
                                                              : avcodec_find_decoder(sound->codec_id);
    if (codec == NULL || !is_listed(readers[kind].codecs, codec->name)) return FAIL(UNSUPPORTED_TYPE);
    if (sound->ch_layout.nb_channels < 1 || sound->ch_layout.nb_channels > AUDIO_MAX_CHANNELS) return FAIL(UNSUPPORTED_TYPE);
    if (sound->sample_rate < AUDIO_MIN_SOURCE_RATE || sound->sample_rate > AUDIO_MAX_SOURCE_RATE) return FAIL(UNSUPPORTED_TYPE);
    audio->decoder = avcodec_alloc_context3(codec);
    if (audio->decoder == NULL) return FAIL(OUT_OF_MEMORY);
    if (avcodec_parameters_to_context(audio->decoder, sound) < 0) return FAIL(UNPROCESSABLE_MEDIA);
    audio->decoder->thread_count = 1; /* the sandbox has no second thread */
    audio->decoder->max_samples = AUDIO_MAX_SOURCE_RATE;
    audio->decoder->pkt_timebase = audio->format->streams[audio->stream]->time_base;
    if (avcodec_open2(audio->decoder, codec, NULL) < 0) return FAIL(UNPROCESSABLE_MEDIA);
    return OK;
}

struct err audio_open(struct span file, enum sniff_kind kind, struct audio **audio_out)
{
    *audio_out = NULL;
    if (!sniff_is_audio(kind)) return FAIL(UNSUPPORTED_TYPE);
    av_log_set_level(AV_LOG_QUIET);
    struct audio *audio = calloc(1, sizeof *audio);
    if (audio == NULL) return FAIL(OUT_OF_MEMORY);
    audio->file = file;
    audio->packet = av_packet_alloc();
    audio->frame = av_frame_alloc();
    struct err e = audio->packet == NULL || audio->frame == NULL ? FAIL(OUT_OF_MEMORY) : open_container(audio, kind);
    if (!err_failed(e)) e = open_decoder(audio, kind);
    if (!err_failed(e) && audio_declared_ms(audio) > (int64_t)AUDIO_MAX_SECONDS * 1000) e = FAIL(TOO_LONG);
    if (err_failed(e)) {
        audio_close(&audio);
        return e;
    }
    *audio_out = audio;
    return OK;
}

int64_t audio_declared_ms(const struct audio *audio)
{
    int64_t duration = audio->format->duration;
    return duration <= 0 ? 0 : duration / (AV_TIME_BASE / 1000);
}

unsigned audio_percent_read(const struct audio *audio)
{
    int64_t whole = audio_declared_ms(audio), done = audio->samples_out / (AUDIO_RATE / 1000);
    if (whole == 0) whole = (int64_t)audio->file.n, done = (int64_t)audio->at;
    return whole == 0 || done >= whole ? 100 : (unsigned)(done * 100 / whole);
}

/* The sound may change its shape in mid-stream (a hostile file does at every frame); the resampler follows. */
static struct err follow_shape(struct audio *audio)
{
    const AVFrame *frame = audio->frame;
    if (audio->resampler != NULL && frame->sample_rate == audio->source_rate && frame->format == audio->source_format &&
        av_channel_layout_compare(&frame->ch_layout, &audio->source_layout) == 0)
        return OK;
    if (frame->sample_rate < AUDIO_MIN_SOURCE_RATE || frame->sample_rate > AUDIO_MAX_SOURCE_RATE) return FAIL(UNSUPPORTED_TYPE);
    if (frame->ch_layout.nb_channels < 1 || frame->ch_layout.nb_channels > AUDIO_MAX_CHANNELS) return FAIL(UNSUPPORTED_TYPE);
    AVChannelLayout mono = AV_CHANNEL_LAYOUT_MONO, from = {0};
    swr_free(&audio->resampler);
    av_channel_layout_uninit(&audio->source_layout);
    if (av_channel_layout_copy(&audio->source_layout, &frame->ch_layout) < 0) return FAIL(OUT_OF_MEMORY);
    /* An unnamed layout (WAV without a mask) has no mixing rule: the default of that number of channels has. */
    if (frame->ch_layout.order == AV_CHANNEL_ORDER_UNSPEC) av_channel_layout_default(&from, frame->ch_layout.nb_channels);
    else if (av_channel_layout_copy(&from, &frame->ch_layout) < 0) return FAIL(OUT_OF_MEMORY);
    int made = swr_alloc_set_opts2(&audio->resampler, &mono, AV_SAMPLE_FMT_S16, AUDIO_RATE, &from, frame->format,
                                   frame->sample_rate, 0, NULL);
    av_channel_layout_uninit(&from);
    if (made < 0 || swr_init(audio->resampler) < 0) return FAIL(UNSUPPORTED_TYPE);
    audio->source_rate = frame->sample_rate;
    audio->source_format = frame->format;
    return OK;
}

static struct err note_damage(struct audio *audio)
{
    audio->damaged_packets++;
    return ++audio->damaged_in_a_row > MAX_DAMAGED_IN_A_ROW ? FAIL(UNPROCESSABLE_MEDIA) : OK;
}

/* Hands the decoder one packet, or tells it that there are no more. */
static struct err feed(struct audio *audio)
{
    for (int others = 0; others < MAX_OTHER_PACKETS; others++) {
        int got = av_read_frame(audio->format, audio->packet);
        if (got < 0) {
            audio->drained = true;
            return avcodec_send_packet(audio->decoder, NULL) < 0 ? FAIL(UNPROCESSABLE_MEDIA) : OK;
        }
        bool ours = audio->packet->stream_index == audio->stream && audio->packet->size <= MAX_PACKET_BYTES;
        int sent = ours ? avcodec_send_packet(audio->decoder, audio->packet) : 0;
        av_packet_unref(audio->packet);
        if (sent == AVERROR(ENOMEM)) return FAIL(OUT_OF_MEMORY);
        if (sent < 0) TRY(note_damage(audio));
        if (ours && sent >= 0) return OK;
    }
    return FAIL(UNPROCESSABLE_MEDIA);
}

/* The next decoded frame into audio->frame; *more_out = false at the end. */
static struct err decode(struct audio *audio, bool *more_out)
{
    for (;;) {
        int got = avcodec_receive_frame(audio->decoder, audio->frame);
        *more_out = got != AVERROR_EOF;
        if (got >= 0) {
            audio->decoded_packets++;
            audio->damaged_in_a_row = 0;
            return OK;
        }
        if (got == AVERROR_EOF || (got == AVERROR(EAGAIN) && audio->drained)) {
            *more_out = false;
            return OK;
        }
        if (got == AVERROR(EAGAIN)) TRY(feed(audio));
        else if (got == AVERROR(ENOMEM)) return FAIL(OUT_OF_MEMORY);
        else TRY(note_damage(audio));
    }
}

/* A recording of which half is missing must not pass for a whole one. */
static struct err check_end(const struct audio *audio)
{
    if (audio->decoded_packets == 0 || audio->damaged_packets > audio->decoded_packets) return FAIL(UNPROCESSABLE_MEDIA);
    int64_t declared = audio_declared_ms(audio), heard = audio->samples_out / (AUDIO_RATE / 1000);
    if (declared > 0 && heard + 1000 + declared / 20 < declared) return FAIL(UNPROCESSABLE_MEDIA);
    return OK;
}

/* Resamples the frame (NULL: what the resampler still holds) into `pending`. */
static struct err convert(struct audio *audio, const AVFrame *frame)
{
    audio->pending_at = audio->pending_count = 0;
    if (audio->resampler == NULL) return OK;
    int most = swr_get_out_samples(audio->resampler, frame == NULL ? 0 : frame->nb_samples);
    if (most < 0 || most > MAX_PIECE) return FAIL(UNPROCESSABLE_MEDIA);
    if ((size_t)most > audio->pending_capacity) {
        free(audio->pending);
        audio->pending_capacity = 0;
        audio->pending = calloc((size_t)most, sizeof *audio->pending);
        if (audio->pending == NULL) return FAIL(OUT_OF_MEMORY);
        audio->pending_capacity = (size_t)most;
    }
    uint8_t *to = (uint8_t *)audio->pending;
    int made = swr_convert(audio->resampler, &to, most, frame == NULL ? NULL : (const uint8_t **)(void *)frame->extended_data,
                           frame == NULL ? 0 : frame->nb_samples);
    if (made < 0) return FAIL(UNPROCESSABLE_MEDIA);
    audio->pending_count = (size_t)made;
    return OK;
}

static struct err fill(struct audio *audio)
{
    bool more = false;
    TRY(decode(audio, &more));
    if (more) {
        struct err e = follow_shape(audio);
        if (!err_failed(e)) e = convert(audio, audio->frame);
        av_frame_unref(audio->frame);
        return e;
    }
    audio->flushed = true;
    return convert(audio, NULL);
}

struct err audio_read(struct audio *audio, int16_t *samples, size_t capacity, size_t *count_out)
{
    *count_out = 0;
    while (audio->pending_at == audio->pending_count) {
        if (audio->flushed) return check_end(audio);
        TRY(fill(audio));
    }
    size_t count = audio->pending_count - audio->pending_at;
    if (count > capacity) count = capacity;
    memcpy(samples, audio->pending + audio->pending_at, count * sizeof *samples);
    audio->pending_at += count;
    audio->samples_out += (int64_t)count;
    *count_out = count;
    return audio->samples_out > (int64_t)AUDIO_MAX_SECONDS * AUDIO_RATE ? FAIL(TOO_LONG) : OK;
}

void audio_close(struct audio **audio_in)
{
    struct audio *audio = *audio_in;
    *audio_in = NULL;
    if (audio == NULL) return;
    av_packet_free(&audio->packet);
    av_frame_free(&audio->frame);
    avcodec_free_context(&audio->decoder);
    avformat_close_input(&audio->format);
    if (audio->io != NULL) av_freep(&audio->io->buffer);
    avio_context_free(&audio->io);
    swr_free(&audio->resampler);
    av_channel_layout_uninit(&audio->source_layout);
    free(audio->pending);
    free(audio);
}
