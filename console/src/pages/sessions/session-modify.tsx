/** The page Session modify. */
import Header from '@cloudscape-design/components/header';
import { usePage } from '../../parts/page.js';

/** The page. */
export function SessionModify() {
  usePage({ title: 'Session modify', breadcrumbs: [] });
  return <Header variant="h1">Session modify</Header>;
}
