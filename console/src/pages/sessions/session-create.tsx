/** The page Session create. */
import Header from '@cloudscape-design/components/header';
import { usePage } from '../../parts/page.js';

/** The page. */
export function SessionCreate() {
  usePage({ title: 'Session create', breadcrumbs: [] });
  return <Header variant="h1">Session create</Header>;
}
