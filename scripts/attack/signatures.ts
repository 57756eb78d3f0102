/** Requests of somebody who knows an access key id, and no secret: none of them may be taken for the user's. */
import { type Attack, Faults, type Outcome } from './attack.js';
import { type Answer, Ec2User, itemsOf, send } from './client.js';
import { ADMIN, API } from './configuration.js';
import { bodyless, forgeries, inQuery, scopeOf, TARGETS, toHttp } from './forgeries.js';
import { signHeaders, signQuery } from './sign.js';
import type { AttackStand } from './stand.js';

export const SIGNATURES: Attack = {
  name: 'signatures',
  title: 'requests made without the secret key, in header and query, to three services',
  by: 'client',
  limitSeconds: { full: 90, quick: 40 },
  run: forge,
};

async function forge(stand: AttackStand): Promise<Outcome> {
  const faults = new Faults();
  const daemon = await stand.start(stand.configure());
  await requireHolder(faults);
  const admin = new Ec2User(ADMIN);
  const before = await countTargets(admin);
  let [count, taken, internal, unanswered] = [0, 0, 0, 0];
  for (const target of TARGETS) {
    for (const { text, request } of forgeries(target, stand)) {
      count += 1;
      const answer = await send(API, request).catch((): Answer => ({ status: 0, text: '' }));
      if (answer.status === 0) unanswered += 1;
      if (answer.status >= 500) internal += 1;
      // 412: a dry run that would have been done.
      const isTaken = (answer.status > 0 && answer.status < 400) || answer.status === 412;
      if (isTaken) taken += 1;
      if (isTaken || answer.status >= 500) faults.add(`${target.service}: ${answer.status} for ${text}`);
    }
  }
  const made = (await countTargets(admin)) - before;
  faults.require(made === 0, `forged requests created ${made} targets`);
  admin.close();
  await daemon.stop();
  return faults.outcome(
    `${count} forged requests, ${taken} taken, ${internal} times 500, ${unanswered} closed without an answer`,
  );
}

/** The holder of the key is served, in both forms, by each service: else nothing is shown by refusals. */
async function requireHolder(faults: Faults): Promise<void> {
  for (const target of TARGETS) {
    const { service, request } = target;
    const scope = scopeOf(service);
    const header = await send(API, toHttp(request, signHeaders(request, ADMIN, scope)));
    const query = await send(API, inQuery(request, signQuery(bodyless(request), ADMIN, scope)));
    for (const { status, text } of [header, query]) {
      faults.require(status === 200, `${service}: the holder of the key was refused: ${status} ${text}`);
    }
  }
}

async function countTargets(user: Ec2User): Promise<number> {
  return itemsOf(await user.must('DescribeTrafficMirrorTargets'), 'trafficMirrorTargetSet').length;
}
