/** Descriptions of the inventory are made in the turn of their caller. */
import t from 'tap';
import { describeInventory, noSuch } from '../../../src/api/ec2/describe-inventory.js';
import type { Ec2Call } from '../../../src/api/ec2/ec2-call.js';

t.test('the inventory is made in the turn of the caller, and what is missing is found there', async (t) => {
  const steps: string[] = [];
  const callFor = (ids: readonly string[]): Ec2Call =>
    ({
      parameters: { texts: () => ids, structures: () => [], list: () => [] },
      principal: { arn: 'arn:one' },
      finish: () => {},
      allowAction: () => {},
      endDryRun: () => void steps.push('dry run'),
      context: {
        inventory: { refresh: async () => {}, of: () => void steps.push('inventory') },
        store: { settled: async () => {} },
        work: {
          run: async (_caller: string, act: (slices: object) => Promise<unknown>) => {
            steps.push('turn');
            return act({ isOver: false });
          },
        },
      },
    }) as unknown as Ec2Call;
  const describe = (ids: readonly string[]): Promise<unknown> =>
    describeInventory<string>(callFor(ids), {
      ids: { ThingId: (id) => id },
      missing: noSuch('InvalidThingID', 'thing ID'),
      pages: 'none',
      name: 'thingSet',
      fields: {},
      itemsOf: () => ['a', 'b'],
      contentOf: (id) => ({ id }),
    });
  await describe(['a']);
  t.strictSame(steps, ['turn', 'inventory', 'dry run']);
  await t.rejects(describe(['c']), { code: 'InvalidThingID.NotFound' });
});
