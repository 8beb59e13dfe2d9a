/* Sockets between our programs: whole messages with descriptors, and plain reads and writes that do not give up early. */
#ifndef MEDSCRIBE_OS_CHANNEL_H
#define MEDSCRIBE_OS_CHANNEL_H
#include "base/buf.h"

/* Closes and sets to -1, so that nothing is closed twice. Harmless on -1. */
void fd_close(int *fd);
/* One message on a SOCK_SEQPACKET socket; *count_inout: room in, received out. ERR_CLOSED when the peer is gone. */
struct err channel_send(int fd, struct span message, const int *fds, size_t count);
struct err channel_receive(int fd, struct buf *message_out, int *fds_out, size_t *count_inout);
/* All of it on a blocking stream socket or file. */
struct err channel_write(int fd, struct span bytes);
struct err channel_read(int fd, void *to, size_t n); /* ERR_CLOSED at the end of the stream */
/* A stream of typed frames, as workers and courier speak them: u32 length (little-endian, of the bytes) | u32 type | bytes. */
struct err channel_put_frame(int fd, uint32_t type, struct span bytes);
/* Appends the next frame's bytes; ERR_BAD_FRAME when they are more than `max`, or than there is room. */
struct err channel_take_frame(int fd, size_t max, uint32_t *type_out, struct buf *into);

#endif
