/** The page Share tags. */
import Header from '@cloudscape-design/components/header';
import { usePage } from '../../parts/page.js';

/** The page. */
export function ShareTags() {
  usePage({ title: 'Share tags', breadcrumbs: [] });
  return <Header variant="h1">Share tags</Header>;
}
