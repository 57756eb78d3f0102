/** The native packages are optional dependencies: a machine without a compiler installs without them. */

/** A package that the chosen I/O needs is not there. */
export class MissingPackageError extends Error {
  readonly code = 'missing-package';

  constructor(name: string, cause: unknown) {
    super(
      `npm package ${name} is not built: install libpcap-dev, make, g++ and python3, then run npm rebuild ${name}`,
      { cause },
    );
  }
}

/** @throws MissingPackageError when the package is not installed or its native part not built. */
export async function importOptional<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    throw new MissingPackageError(name, error);
  }
}
