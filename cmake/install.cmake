# What `cmake --install build/release --prefix X` installs. The paths inside the systemd unit depend on that prefix, so the
# unit is written at installation. An existing configuration is never overwritten.
if(TARGET midair)
  install(TARGETS midair RUNTIME)
endif()
install(FILES docs/man/midair.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES docs/man/midair.conf.5 DESTINATION ${CMAKE_INSTALL_MANDIR}/man5)
install(FILES LICENSE docs/operating.md config/midair.ini DESTINATION ${CMAKE_INSTALL_DOCDIR})

install(CODE "
  set(CMAKE_INSTALL_FULL_BINDIR \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}\")
  if(CMAKE_INSTALL_PREFIX STREQUAL \"/usr\")
    set(CMAKE_INSTALL_FULL_SYSCONFDIR /etc)
  else()
    set(CMAKE_INSTALL_FULL_SYSCONFDIR \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_SYSCONFDIR}\")
  endif()
  configure_file(\"${CMAKE_SOURCE_DIR}/packaging/midair.service.in\" \"${CMAKE_BINARY_DIR}/midair.service\" @ONLY)
  file(INSTALL \"${CMAKE_BINARY_DIR}/midair.service\" DESTINATION \"\${CMAKE_INSTALL_PREFIX}/lib/systemd/system\")
  set(target \"\${CMAKE_INSTALL_FULL_SYSCONFDIR}/midair\")
  if(NOT EXISTS \"\$ENV{DESTDIR}\${target}/midair.ini\")
    file(INSTALL \"${CMAKE_SOURCE_DIR}/config/midair.ini\" DESTINATION \"\${target}\")
  endif()
")
