/** The first three steps, as long as there is no resource. */
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import { useId } from 'react';
import { Columns } from '../../parts/details.js';

const STEPS = [
  {
    title: 'Step 1: Create the traffic mirror target',
    text: 'Where the copies go: the network interface of an appliance, or a load balancer before several.',
    href: '#/mirror-targets/create',
    label: 'Create traffic mirror target',
  },
  {
    title: 'Step 2: Create the traffic mirror filter',
    text: 'Which traffic is mirrored: rules for what the source receives, and for what it sends.',
    href: '#/mirror-filters/create',
    label: 'Create traffic mirror filter',
  },
  {
    title: 'Step 3: Create the traffic mirror session',
    text: 'A source, the target and the filter: packets are copied from then on.',
    href: '#/mirror-sessions/create',
    label: 'Create traffic mirror session',
  },
] as const;

/** The steps: a region named `Get started`. */
export function GetStarted() {
  const id = useId();
  return (
    <section aria-labelledby={id}>
      <Container
        header={
          <Header variant="h2" description="Three resources, and traffic is mirrored.">
            <span id={id}>Get started</span>
          </Header>
        }
      >
        <Columns count={3}>
          {STEPS.map(({ title, text, href, label }) => (
            <div key={href}>
              <Box variant="h3">{title}</Box>
              <Box variant="p">{text}</Box>
              <Button href={href}>{label}</Button>
            </div>
          ))}
        </Columns>
      </Container>
    </section>
  );
}
