import { ContentError, ContentWriteError } from "./content-error.ts";

/**
 * Does `write`, and says of an error of the system that it was writing to `path`. Other errors come through as they
 * are: an aborted signal, a source that failed meanwhile, a mistake of ours.
 */
export async function writing<T>(path: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (cause) {
    const ofSystem = cause instanceof Error && "syscall" in cause && !(cause instanceof ContentError);
    throw ofSystem ? new ContentWriteError(path, { cause }) : cause;
  }
}
