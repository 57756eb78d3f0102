"""
Makes every thread of a process open files and read a byte of each, and says what the kernel answers it:

    python3 open-in.py PID PATH...

What a thread may do is decided for itself, so nothing but the thread can try it. Each is stopped (ptrace(2)), given
the registers of a system call, moved on by one instruction, and given its own registers back. Prints JSON:
{"landlock": VERSION, "threads": {"TID": {"PATH": RESULT}}}, a RESULT being the number of bytes or a negated errno, and
VERSION 0 where the kernel has no Landlock. x86-64 only.
"""
import ctypes
import json
import os
import sys

SINGLESTEP, GETREGS, SETREGS, DETACH, SEIZE, INTERRUPT = 9, 12, 13, 17, 0x4206, 0x4207
WALL = 0x40000000
READ, CLOSE, OPENAT, LANDLOCK_CREATE_RULESET = 0, 3, 257, 444
AT_FDCWD = -100
SYSCALL = b"\x0f\x05"
NO_SYSCALL = (1 << 64) - 1
# Below the stack, and below what a leaf function may use there.
BELOW_STACK = 8192

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
libc.ptrace.restype = ctypes.c_long

NAMES = "r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax rip cs eflags rsp ss fs gs ds es fs2 gs2"


class Registers(ctypes.Structure):
    _fields_ = [(name, ctypes.c_ulonglong) for name in NAMES.split()]


def ptrace(request, tid, address=None, data=None):
    if libc.ptrace(request, tid, address, data) < 0:
        error = ctypes.get_errno()
        raise OSError(error, f"ptrace {request} of thread {tid}: {os.strerror(error)}")


def syscall_address(pid):
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb") as memory:
        for line in maps:
            span, rights, *_ = line.split()
            if "x" not in rights or "[vsyscall]" in line:
                continue
            start, end = (int(part, 16) for part in span.split("-"))
            memory.seek(start)
            found = memory.read(end - start).find(SYSCALL)
            if found >= 0:
                return start + found
    raise OSError("no system call instruction")


def call(tid, own, at, number, *arguments):
    registers = Registers.from_buffer_copy(own)
    registers.rip, registers.rax, registers.orig_rax = at, number, NO_SYSCALL
    for name, value in zip(("rdi", "rsi", "rdx"), arguments):
        setattr(registers, name, value & NO_SYSCALL)
    ptrace(SETREGS, tid, None, ctypes.addressof(registers))
    ptrace(SINGLESTEP, tid)
    os.waitpid(tid, WALL)
    ptrace(GETREGS, tid, None, ctypes.addressof(registers))
    return ctypes.c_longlong(registers.rax).value


def read_in(tid, memory, at, path):
    own = Registers()
    ptrace(GETREGS, tid, None, ctypes.addressof(own))
    place = own.rsp - BELOW_STACK
    text = path.encode() + b"\0"
    before = os.pread(memory, len(text), place)
    os.pwrite(memory, text, place)
    try:
        file = call(tid, own, at, OPENAT, AT_FDCWD, place, os.O_RDONLY)
        if file < 0:
            return file
        result = call(tid, own, at, READ, file, place, 1)
        call(tid, own, at, CLOSE, file)
        return result
    finally:
        os.pwrite(memory, before, place)
        ptrace(SETREGS, tid, None, ctypes.addressof(own))


def try_thread(pid, tid, at, paths):
    ptrace(SEIZE, tid)
    try:
        ptrace(INTERRUPT, tid)
        os.waitpid(tid, WALL)
        memory = os.open(f"/proc/{pid}/mem", os.O_RDWR)
        try:
            return {path: read_in(tid, memory, at, path) for path in paths}
        finally:
            os.close(memory)
    finally:
        ptrace(DETACH, tid)


pid, paths = int(sys.argv[1]), sys.argv[2:]
address = syscall_address(pid)
threads = sorted(int(name) for name in os.listdir(f"/proc/{pid}/task"))
version = libc.syscall(LANDLOCK_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint(1))
print(
    json.dumps(
        {
            "landlock": max(version, 0),
            "threads": {str(tid): try_thread(pid, tid, address, paths) for tid in threads},
        }
    )
)
