/** The page Session details. */
import Header from '@cloudscape-design/components/header';
import { usePage } from '../../parts/page.js';

/** The page. */
export function SessionDetails() {
  usePage({ title: 'Session details', breadcrumbs: [] });
  return <Header variant="h1">Session details</Header>;
}
