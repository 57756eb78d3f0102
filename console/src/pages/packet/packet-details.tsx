/** What becomes of one packet, test by test, and what the target sees of it. */
import Box from '@cloudscape-design/components/box';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useEffect, useState } from 'react';
import type { PacketRow } from '../../model/packet/capture-test.js';
import type { PacketAnswer } from './protocol.js';
import type { TesterWorker } from './tester-worker.js';

interface PacketDetailsProps {
  readonly worker: TesterWorker;
  readonly row: PacketRow;
}

/** The explanation, as the command `explain` gives it, and the outer packet. */
export function PacketDetails({ worker, row: { number } }: PacketDetailsProps) {
  const [answer, setAnswer] = useState<PacketAnswer>();
  useEffect(() => {
    let isCurrent = true;
    setAnswer(undefined);
    void worker.packet(number).then((next) => {
      if (isCurrent) setAnswer(next);
    });
    return () => {
      isCurrent = false;
    };
  }, [worker, number]);
  if (answer === undefined) return null;
  const { lines, copy } = answer;
  return (
    <section aria-label={`Packet ${number}`}>
      <Container header={<Header variant="h2">{`Packet ${number}`}</Header>}>
        <ColumnLayout columns={2}>
          <SpaceBetween size="xs">
            <Header variant="h3">Verdict, step by step</Header>
            <Lines label={`Verdict of packet ${number}`} lines={lines} />
          </SpaceBetween>
          <SpaceBetween size="xs">
            <Header variant="h3">What the target sees</Header>
            {copy === undefined ? (
              <Box color="text-body-secondary">Nothing: no copy is sent.</Box>
            ) : (
              <SpaceBetween size="xs">
                <Box>{copy.outer}</Box>
                <Box>{`In it: ${copy.inner}`}</Box>
                <Lines label={`Outer packet of packet ${number}`} lines={copy.hex} />
              </SpaceBetween>
            )}
          </SpaceBetween>
        </ColumnLayout>
      </Container>
    </section>
  );
}

/** Lines of text that keep their spaces. They scroll by keyboard, too. */
function Lines({ label, lines }: { readonly label: string; readonly lines: readonly string[] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard.
    <section className="lines" aria-label={label} tabIndex={0}>
      <Box variant="pre">{lines.join('\n')}</Box>
    </section>
  );
}
