/* Preloaded in front of libc: from the n-th call on that writes below a folder, every such call fails with an errno. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static char folder[4096];
static long armed_at = -1, seen = 0;
static int with = 0, forever = 1;

void fault_arm(const char *below, long nth, int error, int lasting) {
    strncpy(folder, below, sizeof folder - 1);
    seen = 0;
    with = error;
    forever = lasting;
    armed_at = nth;
}

long fault_seen(void) { return seen; }

static int fails(const char *path) {
    if (armed_at < 0 || !path || strncmp(path, folder, strlen(folder)) != 0) return 0;
    long now = __sync_fetch_and_add(&seen, 1);
    if (now == armed_at || (forever && now > armed_at)) { errno = with; return 1; }
    return 0;
}

static int fd_fails(int fd) {
    char link[64], path[4096];
    if (armed_at < 0) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return fails(path);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int fd, const void *b, size_t n) { return fd_fails(fd) ? -1 : REAL(write)(fd, b, n); }
ssize_t writev(int fd, const struct iovec *v, int n) { return fd_fails(fd) ? -1 : REAL(writev)(fd, v, n); }
ssize_t pwrite(int fd, const void *b, size_t n, off_t o) { return fd_fails(fd) ? -1 : REAL(pwrite)(fd, b, n, o); }
ssize_t pwrite64(int fd, const void *b, size_t n, off64_t o) { return fd_fails(fd) ? -1 : REAL(pwrite64)(fd, b, n, o); }
int ftruncate(int fd, off_t n) { return fd_fails(fd) ? -1 : REAL(ftruncate)(fd, n); }
int ftruncate64(int fd, off64_t n) { return fd_fails(fd) ? -1 : REAL(ftruncate64)(fd, n); }
int fsync(int fd) { return fd_fails(fd) ? -1 : REAL(fsync)(fd); }
int fdatasync(int fd) { return fd_fails(fd) ? -1 : REAL(fdatasync)(fd); }
int unlink(const char *p) { return fails(p) ? -1 : REAL(unlink)(p); }
int rename(const char *a, const char *b) { return fails(b) ? -1 : REAL(rename)(a, b); }
int mkdir(const char *p, mode_t m) { return fails(p) ? -1 : REAL(mkdir)(p, m); }

/* Opening counts where a file may be made: making one takes room, and is what a closed folder refuses. */
#define OPENING(name)                                                             \
    int name(const char *p, int flags, ...) {                                     \
        va_list rest; va_start(rest, flags); mode_t m = va_arg(rest, mode_t); va_end(rest); \
        if ((flags & O_CREAT) && access(p, F_OK) != 0 && fails(p)) return -1;     \
        return REAL(name)(p, flags, m);                                           \
    }
OPENING(open)
OPENING(open64)

FILE *fopen64(const char *p, const char *m) {
    if (m[0] != 'r' && access(p, F_OK) != 0 && fails(p)) return NULL;
    return REAL(fopen64)(p, m);
}
