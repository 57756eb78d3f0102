/** The lab's workload: HTTP on port 80 and DNS on port 53, IPv4 and IPv6. Prints "ready" once both listen. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:http';

const DNS_HEADER_LENGTH = 12;

const http = createServer((request, response) => {
  response.setHeader('content-type', 'text/plain');
  response.end(`you asked for ${request.url}\n${'traffic '.repeat(100)}\n`);
});
const dns = createSocket('udp6');
dns.on('message', (query, { port, address }) => dns.send(answer(query), port, address));

http.listen(80, '::');
dns.bind(53, '::');
await Promise.all([once(http, 'listening'), once(dns, 'listening')]);
console.log('ready');

/** One A record, 192.0.2.80, for whatever is asked (RFC 1035 §4.1). */
function answer(query: Buffer): Buffer {
  let end = DNS_HEADER_LENGTH;
  while (query[end] !== 0) end += query[end] + 1;
  const question = query.subarray(DNS_HEADER_LENGTH, end + 5);
  const header = Buffer.from([query[0], query[1], 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]);
  const record = Buffer.from([0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 80]);
  return Buffer.concat([header, question, record]);
}
