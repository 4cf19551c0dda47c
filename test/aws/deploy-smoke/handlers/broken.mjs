throw new TypeError('broken from the start');
