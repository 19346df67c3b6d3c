/** Debian 13: kernel 6.12, systemd 257, Podman 5.4, AppArmor 4.1. */
import { testRealKernel } from '../support/machine/real-kernel';

testRealKernel('qemu');
