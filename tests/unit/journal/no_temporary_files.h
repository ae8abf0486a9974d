// A machine without a folder for temporary files while this lives: every database that is opened
// meanwhile is refused those that SQLite would make for itself, which have no name.
#pragma once

#include "journal/sqlite.h"

namespace downsampled::test {

class NoTemporaryFiles {
 public:
  NoTemporaryFiles() : usual_(sqlite3_vfs_find(nullptr)), refusing_(*usual_) {
    refusing_.zName = "no-temporary-files";
    refusing_.pAppData = usual_;
    refusing_.xOpen = open;
    refusing_.xFullPathname = full_path_name;
    sqlite3_vfs_register(&refusing_, 1);
  }
  NoTemporaryFiles(const NoTemporaryFiles&) = delete;
  NoTemporaryFiles& operator=(const NoTemporaryFiles&) = delete;
  ~NoTemporaryFiles() { sqlite3_vfs_unregister(&refusing_); }

 private:
  static sqlite3_vfs* usual(sqlite3_vfs* self) { return static_cast<sqlite3_vfs*>(self->pAppData); }

  static int open(sqlite3_vfs* self, sqlite3_filename name, sqlite3_file* file, int flags,
                  int* out) {
    file->pMethods = nullptr;
    if (!name) return SQLITE_IOERR_GETTEMPPATH;
    return usual(self)->xOpen(usual(self), name, file, flags, out);
  }
  static int full_path_name(sqlite3_vfs* self, const char* name, int size, char* out) {
    return usual(self)->xFullPathname(usual(self), name, size, out);
  }

  sqlite3_vfs* const usual_;
  sqlite3_vfs refusing_;
};

}  // namespace downsampled::test
