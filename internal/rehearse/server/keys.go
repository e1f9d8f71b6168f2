package main

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"datalock/internal/rehearse/server/internal/identity"
)

// loadKeys returns the key pairs of all accounts: from the environment, from
// the data folder, or new ones, which are then kept in the folder. They are
// never taken from the command line, where other users of the machine see it.
func loadKeys(dir string, getenv func(string) string) (map[identity.Name]identity.Key, error) {
	path := filepath.Join(dir, "keys.json")
	keys := map[identity.Name]identity.Key{}
	data, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(data, &keys)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the kept keys: %w", err)
	}
	seen := map[string]identity.Name{}
	for _, name := range identity.Names() {
		given, err := keyFromEnvironment(name, getenv)
		if err != nil {
			return nil, err
		}
		if given != nil {
			keys[name] = *given
		} else if keys[name].Access == "" {
			keys[name] = newKey()
		}
		if other, taken := seen[keys[name].Access]; taken {
			return nil, fmt.Errorf("the accounts %s and %s have the same access key", other, name)
		}
		seen[keys[name].Access] = name
	}
	data, err = json.MarshalIndent(keys, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode the keys: %w", err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		return nil, fmt.Errorf("keep the keys: %w", err)
	}
	return keys, nil
}

func newKey() identity.Key {
	return identity.Key{Access: "LOCAL" + rand.Text()[:15], Secret: rand.Text() + rand.Text()[:14]}
}

// keyFromEnvironment reads DATALOCK_ROOT_ACCESS_KEY and DATALOCK_ROOT_SECRET_KEY,
// and the same for the other accounts; nil where neither is set.
func keyFromEnvironment(name identity.Name, getenv func(string) string) (*identity.Key, error) {
	prefix := "DATALOCK_" + strings.ToUpper(string(name))
	key := identity.Key{Access: getenv(prefix + "_ACCESS_KEY"), Secret: getenv(prefix + "_SECRET_KEY")}
	switch {
	case key.Access == "" && key.Secret == "":
		return nil, nil
	case key.Access == "" || key.Secret == "":
		return nil, fmt.Errorf("%s_ACCESS_KEY and %s_SECRET_KEY go together: set both or neither", prefix, prefix)
	}
	return &key, nil
}
