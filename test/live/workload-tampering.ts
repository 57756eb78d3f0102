/** A workload with a network namespace of its own, and root in it, does all it can so that its traffic is not mirrored. */
import { spawnSync } from 'node:child_process';
import t from 'tap';
import { sessionSum } from '../fixtures/live/daemon/accounts.js';
import { EVERYWHERE } from '../fixtures/live/daemon/configurations.js';
import { buildStand } from '../fixtures/live/daemon/stand.js';
import { Recording } from '../fixtures/live/oracle/recording.js';
import { readCopy } from '../fixtures/live/oracle/vxlan-copy.js';
import { ENGINES, skipUnless } from '../fixtures/live/requirements.js';

const FRAMES = 50;
const HEADERS = 42;
/** The mark of copies, which capture leaves out. */
const MARK = '0x746d6972';

t.test(
  'a workload that does not want to be watched',
  { skip: skipUnless('nft', 'tc', 'ethtool', 'unshare', 'tcpdump') },
  async (t) => {
    const stand = buildStand(t);
    const { client: workload, host, ids, directory } = stand;
    const configFile = stand.configure({
      networkInterfaces: [
        { networkInterfaceId: 'eni-workload', device: 'veth0', perspective: 'peer' },
        { networkInterfaceId: 'eni-ids', address: '10.9.0.2' },
      ],
      trafficMirrorTargets: [{ trafficMirrorTargetId: 'tmt', networkInterfaceId: 'eni-ids' }],
      trafficMirrorFilters: [
        {
          trafficMirrorFilterId: 'tmf',
          egressFilterRules: [{ ruleNumber: 1, ruleAction: 'accept', protocol: 17, ...EVERYWHERE }],
        },
      ],
      trafficMirrorSessions: [
        {
          trafficMirrorSessionId: 'tms',
          networkInterfaceId: 'eni-workload',
          trafficMirrorTargetId: 'tmt',
          trafficMirrorFilterId: 'tmf',
          sessionNumber: 1,
        },
      ],
      engine: ENGINES.ring,
    });
    const recording = await Recording.start(
      ids,
      'ids0',
      `${directory}/arrived.pcap`,
      '-Q',
      'in',
      'udp port 4789',
    );
    const daemon = await stand.start(configFile);
    const arrived = (text: string): number =>
      recording
        .frames()
        .map(({ bytes }) => readCopy(bytes).inner.subarray(HEADERS).toString())
        .filter((found) => found.startsWith(`${text} `)).length;
    let due = 0;
    const talk = async (text: string): Promise<void> => {
      const script = `
        const socket = require('dgram').createSocket('udp4');
        const send = (left) => left === 0 ? socket.close()
          : socket.send(process.argv[1] + ' ' + left, 9, '10.1.0.1', () => send(left - 1));
        send(${FRAMES});`;
      workload.run(process.execPath, '-e', script, text);
      due += FRAMES;
      await recording.until(`copies of "${text}"`, () => arrived(text) >= FRAMES);
      t.equal(arrived(text), FRAMES, `mirrored: ${text}`);
    };

    host.ip('neigh', 'replace', '10.1.0.2', 'lladdr', '02:00:00:00:00:02', 'dev', 'veth0');
    await talk('at first');
    const { pid, engines } = await daemon.status();
    for (const victim of [pid, engines[0]!.pid!]) {
      const kill = ['netns', 'exec', workload.name, 'unshare', '--pid', '--fork', '--kill-child'];
      const { status, stderr } = spawnSync('ip', [...kill, 'sh', '-c', `kill -9 ${victim}`], {
        encoding: 'utf8',
      });
      t.not(status, 0, 'it sees no process of the host');
      t.match(stderr, /No such process/);
    }
    await talk('after kill');
    const marked = `table inet hide { chain out { type filter hook output priority 0; meta mark set ${MARK}; }; }`;
    workload.run('nft', marked.replace('table inet hide', 'add table inet hide; table inet hide'));
    await talk('with the mark of copies');
    workload.run('nft', 'add rule inet hide out udp dport 4789 drop');
    await talk('with VXLAN dropped');
    workload.run('tc', 'qdisc', 'add', 'dev', 'veth1', 'clsact');
    workload.run('ethtool', '-K', 'veth1', 'tx', 'off', 'gso', 'off');
    await talk('with filters and offloads of its own');
    workload.ip('link', 'set', 'veth1', 'down');
    workload.ip('link', 'set', 'veth1', 'name', 'hidden0');
    workload.ip('link', 'set', 'hidden0', 'up');
    await daemon.until('capturing', ({ lanes }) => lanes.every(({ state }) => state === 'capturing'));
    await talk('under another name');
    const status = await daemon.until('the counts', (now) => sessionSum(now, 'mirrored') >= due);
    t.equal(sessionSum(status, 'matched'), due, 'all that was said');
    await recording.stop();
    t.equal(await daemon.stop(), 0, 'exit code');
  },
);
