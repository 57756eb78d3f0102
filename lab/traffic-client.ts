/** The lab's user: asks the workload by HTTP and DNS over IPv4 and IPv6, then ends. */
import { Resolver } from 'node:dns/promises';
import { get } from 'node:http';

const HOSTS = ['10.1.0.1', 'fd00:1::1'];

for (const host of HOSTS) {
  const resolver = new Resolver({ timeout: 2000, tries: 1 });
  resolver.setServers([host.includes(':') ? `[${host}]:53` : `${host}:53`]);
  await resolver.resolve4('www.example.test');
  await fetchPage(host);
}

function fetchPage(host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = get({ host, path: '/lab', agent: false }, (response) => {
      response.resume();
      response.on('end', resolve);
    });
    request.on('error', reject);
  });
}
