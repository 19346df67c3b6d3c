/** Older than what production runs: kernel 6.1, systemd 252, crun 1.8, PostgreSQL 15, with the Podman of Ubuntu 24.04. */
import { testRealKernel } from '../support/machine/real-kernel';

testRealKernel('qemu-older');
