/** The page Sessions. */
import Header from '@cloudscape-design/components/header';
import { usePage } from '../../parts/page.js';

/** The page. */
export function Sessions() {
  usePage({ title: 'Sessions', breadcrumbs: [] });
  return <Header variant="h1">Sessions</Header>;
}
