// Leases by the boot clock (ADR 12). `lease_until` stays and is still written: a supervisor of the previous version may
// continue to run beside newer ones, and would take over every lease that it reads as run out. Attempts that are open
// during this migration have no boot id, so they are judged by the old rule until they are renewed or taken over.

export function ninth(): readonly string[] {
  return ['lease_boot text', 'lease_boot_until bigint', 'lease_fence integer'].map((column) => `alter table attempts add column ${column}`);
}
