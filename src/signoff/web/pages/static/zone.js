// Says in a form what time zone the browser is set to; without it, times are in UTC until one is chosen.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";
for (const field of document.querySelectorAll("input[data-zone]")) field.value = zone;
