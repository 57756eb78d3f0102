/** The page Session tags. */
import Header from '@cloudscape-design/components/header';
import { usePage } from '../../parts/page.js';

/** The page. */
export function SessionTags() {
  usePage({ title: 'Session tags', breadcrumbs: [] });
  return <Header variant="h1">Session tags</Header>;
}
