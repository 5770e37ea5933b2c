// Leases by the boot clock (ADR 12). `lease_until` stays and is still written: a supervisor of the version before may go on
// running beside newer ones, and would take every lease over that it reads as run out. Open attempts of today's
// database have no boot, so they are measured as that version measures them until they are renewed or taken over.

export function ninth(): readonly string[] {
  return ['lease_boot text', 'lease_boot_until bigint', 'lease_fence integer'].map((column) => `alter table attempts add column ${column}`);
}
