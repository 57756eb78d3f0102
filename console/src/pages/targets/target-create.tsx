/** The page Target create. */
import Header from '@cloudscape-design/components/header';
import { usePage } from '../../parts/page.js';

/** The page. */
export function TargetCreate() {
  usePage({ title: 'Target create', breadcrumbs: [] });
  return <Header variant="h1">Target create</Header>;
}
