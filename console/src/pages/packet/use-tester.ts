/** A test of packets as state of the page. */
import { useEffect, useState } from 'react';
import type { DirectionRule, TestSetup } from '../../model/packet/capture-test.js';
import type { TestInput, TestState } from './protocol.js';
import { TesterWorker } from './tester-worker.js';

/** The test that runs or has run. */
export interface Tester {
  /** Absent until the first packets are tested. */
  readonly state?: TestState;
  readonly failure?: string;
  /** Absent: nothing is tested. */
  readonly worker?: TesterWorker;
}

/** Tests an input, again when anything changes. */
export function useTester(
  input: TestInput | undefined,
  setup: TestSetup | undefined,
  direction: DirectionRule | undefined,
): Tester {
  const [tester, setTester] = useState<Tester>({});
  const key = setup && JSON.stringify([setup.source, [...setup.ways], direction && keyOf(direction)]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: setup and direction are the same while the key is.
  useEffect(() => {
    setTester({});
    if (input === undefined || setup === undefined || direction === undefined) return;
    const worker = new TesterWorker(
      { input, setup, direction },
      {
        onState: (state) => setTester((before) => ({ ...before, state })),
        onFailure: (failure) => setTester((before) => ({ ...before, failure })),
      },
    );
    setTester({ worker });
    return () => worker.close();
  }, [input, key]);
  return tester;
}

function keyOf(direction: DirectionRule): unknown {
  return typeof direction === 'string' ? direction : [...direction.egressMac];
}
