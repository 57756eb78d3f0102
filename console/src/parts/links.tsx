/** Ids in cells: they link, and they can be copied. */
import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard';
import Link from '@cloudscape-design/components/link';

interface IdLinkProps {
  readonly id: string;
  readonly href: string;
  /** The Name tag, shown behind the id. */
  readonly name?: string | undefined;
}

/** An id that links to the page of its resource. */
export function IdLink({ id, href, name }: IdLinkProps) {
  return (
    <>
      <Link href={href}>{id}</Link>
      {name !== undefined && ` (${name})`}
    </>
  );
}

/** Text with a button that copies it. */
export function Copyable({ text }: { readonly text: string }) {
  return (
    <CopyToClipboard
      variant="inline"
      textToCopy={text}
      copyButtonAriaLabel={`Copy ${text}`}
      copySuccessText="Copied"
      copyErrorText="Not copied"
    />
  );
}
