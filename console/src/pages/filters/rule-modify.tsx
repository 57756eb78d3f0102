/** The page Rule modify. */
import Header from '@cloudscape-design/components/header';
import { usePage } from '../../parts/page.js';

/** The page. */
export function RuleModify() {
  usePage({ title: 'Rule modify', breadcrumbs: [] });
  return <Header variant="h1">Rule modify</Header>;
}
