console.log('build: placeholder until sources exist');
