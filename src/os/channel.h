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

#endif
