/** The page on which packets are tried. */
import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import { usePage } from '../../parts/page.js';
import { useRoute } from '../../parts/router.js';
import { PacketTester } from './packet-tester.js';

/** The page. Its address may name what is asked: `#/packet?filter=tmf-…`, `?source=eni-…` or `?session=tms-…`. */
export function Packet() {
  usePage({ title: 'Try a packet', breadcrumbs: [{ text: 'Try a packet', href: '#/packet' }] });
  const { query } = useRoute();
  const [filterId, sourceId, sessionId] = ['filter', 'source', 'session'].map(
    (key) => query.get(key) ?? undefined,
  );
  return (
    <ContentLayout
      header={
        <Header
          variant="h1"
          description="Which session would mirror a packet, by which rule, and what its target would see."
        >
          Try a packet
        </Header>
      }
    >
      <PacketTester
        key={query.toString()}
        {...(filterId !== undefined && { filterId })}
        {...(sourceId !== undefined && { sourceId })}
        {...(sessionId !== undefined && { sessionId })}
      />
    </ContentLayout>
  );
}
