/** `make local-down`: removes the local cloud of `LOCAL_SLOT` (0), and all that was made on it. */
import { slotFromEnvironment } from './addresses';
import { forgetAuthority } from './federation';
import { removeCloud } from './remove-cloud';
import { cacheDirectory } from './toolchain/cache';

async function main(): Promise<void> {
  await removeCloud({ slot: slotFromEnvironment() }, (part) => {
    console.log(`▸ removed: ${part}`);
  });
  forgetAuthority();
  console.log(`Nothing of the local stack is left. What took long to build stays in ${cacheDirectory}`);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
