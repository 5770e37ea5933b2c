// Drops columns that nothing wrote or nothing read: the offset in a worker's standard error, which is read only at its end,
// and the address of a pull request, which does not exist yet.

export function twelfth(): readonly string[] {
  return ['alter table attempts drop column err_offset', 'alter table tasks drop column pr_url'];
}
