/** The page Packet. */
import Header from '@cloudscape-design/components/header';
import { usePage } from '../../parts/page.js';

/** The page. */
export function Packet() {
  usePage({ title: 'Packet', breadcrumbs: [] });
  return <Header variant="h1">Packet</Header>;
}
