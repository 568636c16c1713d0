/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "process/sandbox.h"

#include <dirent.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The filter reads the low half of a 64-bit argument where it lies on these machines. */
#if defined(__x86_64__)
#define SANDBOX_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define SANDBOX_ARCH AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define SANDBOX_ARCH AUDIT_ARCH_RISCV64
#endif

enum { DENY = SECCOMP_RET_ERRNO | EPERM, X32_BIT = 0x40000000 };

#ifdef SANDBOX_ARCH

static const int denied[] = {
    /* programs */
    SYS_execve, SYS_execveat,
    /* other processes */
    SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_kcmp, SYS_pidfd_getfd,
    /* the kernel */
    SYS_bpf, SYS_perf_event_open, SYS_userfaultfd, SYS_init_module, SYS_finit_module, SYS_delete_module, SYS_kexec_load, SYS_reboot,
    /* a way around this filter */
    SYS_io_uring_setup,
    /* the machine as it is seen */
    SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_unshare, SYS_setns, SYS_open_by_handle_at, SYS_swapon, SYS_swapoff,
};

enum { DENIED = sizeof denied / sizeof denied[0], PROGRAM_MAX = 2 * DENIED + 16 };

struct program {
    struct sock_filter lines[PROGRAM_MAX];
    unsigned short count;
};

static void add(struct program *p, unsigned short code, unsigned char yes, unsigned char no, unsigned k)
{
    p->lines[p->count++] = (struct sock_filter){ code, yes, no, k };
}

static void load(struct program *p, size_t offset)
{
    add(p, BPF_LD | BPF_W | BPF_ABS, 0, 0, (unsigned)offset);
}

/* If what was loaded is `value`: end with `answer`. */
static void answer_if(struct program *p, int value, unsigned answer)
{
    add(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, (unsigned)value);
    add(p, BPF_RET | BPF_K, 0, 0, answer);
}

static void write_program(struct program *p, bool with_network)
{
    load(p, offsetof(struct seccomp_data, arch));
    add(p, BPF_JMP | BPF_JEQ | BPF_K, 1, 0, SANDBOX_ARCH);
    add(p, BPF_RET | BPF_K, 0, 0, SECCOMP_RET_KILL_PROCESS); /* calls of another machine's numbers would pass unseen */
    load(p, offsetof(struct seccomp_data, nr));
    add(p, BPF_JMP | BPF_JGE | BPF_K, 0, 1, X32_BIT);
    add(p, BPF_RET | BPF_K, 0, 0, DENY);
    for (size_t i = 0; i < DENIED; i++)
        answer_if(p, denied[i], DENY);
    if (!with_network) {
        add(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 3, SYS_socket);
        load(p, offsetof(struct seccomp_data, args));
        add(p, BPF_JMP | BPF_JEQ | BPF_K, 1, 0, AF_UNIX);
        add(p, BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | EACCES);
    }
    add(p, BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW);
}

int sandbox_enter(bool with_network, struct error *e)
{
    struct program program = { .count = 0 };
    struct sock_fprog given = { .filter = program.lines };

    write_program(&program, with_network);
    given.len = program.count;
    /* A library may have begun threads. */
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &given) != 0)
        return error_set(e, ERROR_UNSUPPORTED, "seccomp: %s", strerror(errno));
    return 0;
}

#else

int sandbox_enter(bool with_network, struct error *e)
{
    (void)with_network;
    return error_set(e, ERROR_UNSUPPORTED, "seccomp: no filter for this machine");
}

#endif

bool sandbox_has_network(void)
{
    DIR *folder = opendir("/proc/self/fd");
    const struct dirent *entry;
    bool has = folder == NULL; /* who cannot look must not guess */

    while (folder && !has && (entry = readdir(folder)) != NULL) {
        int domain = AF_UNIX, fd = (int)strtol(entry->d_name, NULL, 10);
        socklen_t size = sizeof domain;

        has = getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain != AF_UNIX;
    }
    if (folder)
        closedir(folder);
    return has;
}
