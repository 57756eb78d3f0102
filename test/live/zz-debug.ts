import t from 'tap';
import { DIRECTIONS } from '../../src/plan/mirror-plan.js';
import { frameMix } from '../fixtures/live/frame-mix.js';
import { Sender } from '../fixtures/live/sender.js';
import { buildStand } from '../fixtures/live/stand.js';
import { readPcap } from '../fixtures/live/pcap.js';
import { setTimeout as sleep } from 'node:timers/promises';
const E={ sourceCidrBlock: '0.0.0.0/0', destinationCidrBlock: '0.0.0.0/0' };
t.test('x', async t => {
  const stand = buildStand(t, {});
  const f = stand.configure({networkInterfaces:[{networkInterfaceId:'s',device:'veth0'},{networkInterfaceId:'i',address:'10.9.0.2'}],
   trafficMirrorTargets:[{trafficMirrorTargetId:'t',networkInterfaceId:'i'}],
   trafficMirrorFilters:[{trafficMirrorFilterId:'f',ingressFilterRules:[{ruleNumber:1,ruleAction:'accept',...E}],egressFilterRules:[{ruleNumber:1,ruleAction:'accept',...E}]}],
   trafficMirrorSessions:[{trafficMirrorSessionId:'x',networkInterfaceId:'s',trafficMirrorTargetId:'t',trafficMirrorFilterId:'f',sessionNumber:1,virtualNetworkId:1}],
   engine:{io:'libpcap'}});
  const d = await stand.start(f);
  for (const [w,dev] of [['in','veth0'],['out','veth0']]) stand.host.spawn('tcpdump',['-ni',dev!,'-Z','root','-U','-w',`/tmp/tt/${w}.pcap`,'-Q',w!,'--immediate-mode', w==='in'?'inbound and not (udp dst port 4789)':'outbound and not (udp dst port 4789)'],{stdio:'inherit'});
  await sleep(1500);
  const c=new Sender(stand.client), h=new Sender(stand.host);
  const a=frameMix({seed:0,count:300}), b=frameMix({seed:1,count:300});
  await c.send('veth1', a); await h.send('veth0', b);
  await sleep(3000);
  const st=await d.status();
  console.error(a.length,b.length, st.lanes.map(l=>[l.direction,l.read.packets]));
  for (const [w,sent] of [['in',a],['out',b]] as const) {
    const got=new Set(readPcap(`/tmp/tt/${w}.pcap`).map(f=>f.bytes.toString('hex')));
    const miss=sent.filter(f=>!got.has(Buffer.from(f).toString('hex')));
    console.error(w,got.size,miss.length, miss.map(m=>Buffer.from(m).toString('hex').slice(0,120)));
  }
});
