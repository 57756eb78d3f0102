/*
 * The yardstick of the bench: the ring path of this project as a C program, with no filter, no counters and one
 * target. Built by the bench where a compiler is there; nothing of the product uses it.
 *
 *     reference-loop DEVICE TARGET                                          routed: raw UDP socket
 *     reference-loop DEVICE TARGET EGRESS SOURCE_MAC TARGET_MAC SOURCE      direct: packet socket
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

#define BLOCK_BYTES (1 << 17)
#define BLOCKS 256
#define BATCH 256
#define SLOT 64

static struct mmsghdr messages[BATCH];
static struct iovec vectors[BATCH][2];
static unsigned char slots[BATCH][SLOT];
static int count, sender, header_bytes;

static void die(const char *what) {
  perror(what);
  exit(1);
}

static void flush(void) {
  for (int done = 0; done < count;) {
    int sent = sendmmsg(sender, messages + done, count - done, 0);
    done += sent > 0 ? sent : 1;
  }
  count = 0;
}

static void put16(unsigned char *at, unsigned value) {
  at[0] = value >> 8;
  at[1] = value;
}

static void copy(unsigned char *frame, unsigned length, unsigned hash) {
  unsigned char *udp = slots[count] + SLOT - 16;
  put16(udp, 0xc000 | (hash & 0x3fff));
  put16(udp + 4, length + 16);
  if (header_bytes > 16) {
    unsigned char *ip = udp - 20;
    unsigned sum = 0;
    put16(ip + 2, length + 36);
    put16(ip + 10, 0);
    for (int i = 0; i < 20; i += 2) sum += ip[i] << 8 | ip[i + 1];
    sum = (sum & 0xffff) + (sum >> 16);
    put16(ip + 10, ~((sum & 0xffff) + (sum >> 16)));
  }
  vectors[count][1].iov_base = frame;
  vectors[count][1].iov_len = length;
  if (++count == BATCH) flush();
}

static void parse_mac(const char *text, unsigned char *mac) {
  sscanf(text, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", mac, mac + 1, mac + 2, mac + 3, mac + 4, mac + 5);
}

static void open_sender(int argc, char **argv) {
  int one = 1, size = 8 << 20;
  unsigned char head[SLOT] = {0};
  unsigned char *udp = head + SLOT - 16, *ip = udp - 20, *ether = ip - 14;
  put16(udp + 2, 4789);
  udp[8] = 8;
  udp[14] = 1;
  if (argc == 3) {
    struct sockaddr_in to = {.sin_family = AF_INET};
    inet_pton(AF_INET, argv[2], &to.sin_addr);
    sender = socket(AF_INET, SOCK_RAW, IPPROTO_UDP);
    if (sender < 0 || connect(sender, (void *)&to, sizeof to)) die("sender");
    header_bytes = 16;
  } else {
    struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = if_nametoindex(argv[3])};
    sender = socket(AF_PACKET, SOCK_RAW, 0);
    if (sender < 0 || bind(sender, (void *)&to, sizeof to)) die("sender");
    setsockopt(sender, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof one);
    parse_mac(argv[5], ether);
    parse_mac(argv[4], ether + 6);
    put16(ether + 12, 0x0800);
    ip[0] = 0x45;
    ip[6] = 0x40;
    ip[8] = 255;
    ip[9] = 17;
    inet_pton(AF_INET, argv[6], ip + 12);
    inet_pton(AF_INET, argv[2], ip + 16);
    header_bytes = 50;
  }
  setsockopt(sender, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  for (int i = 0; i < BATCH; i++) {
    memcpy(slots[i], head, SLOT);
    vectors[i][0].iov_base = slots[i] + SLOT - header_bytes;
    vectors[i][0].iov_len = header_bytes;
    messages[i].msg_hdr.msg_iov = vectors[i];
    messages[i].msg_hdr.msg_iovlen = 2;
  }
}

int main(int argc, char **argv) {
  if (argc != 3 && argc != 7) return 2;
  int version = TPACKET_V3, one = 1;
  int ring = socket(AF_PACKET, SOCK_RAW, 0);
  struct tpacket_req3 request = {.tp_block_size = BLOCK_BYTES, .tp_block_nr = BLOCKS, .tp_frame_size = 2048,
                                 .tp_frame_nr = BLOCK_BYTES / 2048 * BLOCKS, .tp_retire_blk_tov = 1};
  struct sockaddr_ll from = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL),
                             .sll_ifindex = if_nametoindex(argv[1])};
  if (ring < 0 || setsockopt(ring, SOL_PACKET, PACKET_VERSION, &version, sizeof version) ||
      setsockopt(ring, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof one) ||
      setsockopt(ring, SOL_PACKET, PACKET_RX_RING, &request, sizeof request))
    die("ring");
  unsigned char *memory =
      mmap(NULL, (size_t)BLOCK_BYTES * BLOCKS, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring, 0);
  if (memory == MAP_FAILED || bind(ring, (void *)&from, sizeof from)) die("bind");
  open_sender(argc, argv);
  puts("ready");
  fflush(stdout);
  for (int block = 0;; block = (block + 1) % BLOCKS) {
    struct tpacket_block_desc *head = (void *)(memory + (size_t)block * BLOCK_BYTES);
    volatile unsigned *status = &head->hdr.bh1.block_status;
    struct pollfd wait = {.fd = ring, .events = POLLIN};
    while ((*status & TP_STATUS_USER) == 0) poll(&wait, 1, 100);
    struct tpacket3_hdr *frame = (void *)((unsigned char *)head + head->hdr.bh1.offset_to_first_pkt);
    for (unsigned i = 0; i < head->hdr.bh1.num_pkts; i++) {
      unsigned char *bytes = (unsigned char *)frame + frame->tp_mac;
      copy(bytes, frame->tp_snaplen, bytes[34] << 8 | bytes[35]);
      frame = (void *)((unsigned char *)frame + frame->tp_next_offset);
    }
    flush();
    __sync_synchronize();
    *status = TP_STATUS_KERNEL;
  }
}
