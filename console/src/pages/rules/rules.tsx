/** The page Rules. */
import Header from '@cloudscape-design/components/header';
import { usePage } from '../../parts/page.js';

/** The page. */
export function Rules() {
  usePage({ title: 'Rules', breadcrumbs: [] });
  return <Header variant="h1">Rules</Header>;
}
